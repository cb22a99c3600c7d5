"""Amazon Athena on DuckDB: checks and types Trino's SQL by Trino's rules, and compiles it to DuckDB's SQL.

`api.py`, `executions.py`: Athena's API · `sql/`: the compiler · `tables.py`, `objects.py`: the tables and
objects of a statement · `statements.py`: runs a statement · `results.py`: results in Athena's format.
"""
