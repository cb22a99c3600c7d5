"""Compiles expressions. `compiler.py` dispatches on the kind of a node to the other modules."""
