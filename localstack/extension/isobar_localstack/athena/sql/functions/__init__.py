"""Trino's functions by signature, with DuckDB's text: scalar functions, aggregates, windows and lambdas."""
