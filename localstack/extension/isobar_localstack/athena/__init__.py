"""Amazon Athena on DuckDB: checks and types Trino's SQL by Trino's rules, and compiles it to DuckDB's SQL.

- Athena's API: `api.py`, `workgroups.py`, `saved_queries.py`; `executions.py` runs statements in the
background. - A statement: `statements.py` dispatches it to a query, `write_statements.py` or `ddl.py`. - Its
data: `tables.py` and `row_files.py` make views of the files that `objects.py` copies from S3. - Its SQL:
`sql/` is the compiler. - Its result: `results.py`, in Athena's format.
"""
