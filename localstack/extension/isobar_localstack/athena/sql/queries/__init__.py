"""Compiles queries. `compiler.py` has the parts around SELECT, the other modules have its clauses."""
