"""Compiles expressions. `dispatch.py` selects the module for a node by its type."""
