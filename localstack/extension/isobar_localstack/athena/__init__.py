"""Amazon Athena on DuckDB: Trino's SQL is checked and typed as Trino does it, then compiled to DuckDB's.

`api.py`, `executions.py` answer Athena's API · `sql/` compiles a statement · `tables.py`, `objects.py` find and fetch what it
reads · `statements.py` runs it · `results.py` writes what Athena would have written.
"""
