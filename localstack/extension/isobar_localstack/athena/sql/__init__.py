"""The compiler: parses Trino's SQL with sqlglot, types it by Trino's rules, and writes DuckDB's SQL.

A translation of the text alone gives wrong answers, because the meaning of an operator or a function depends
on its types: 7 / 2 is 3 in Trino and 3.5 in DuckDB. So every expression becomes DuckDB's text *and* its Trino
type. An expression without a known equal meaning is refused by name.

`parser.py` → `queries/` → `expressions/` → `functions/`, over the rules for types, casts, comparisons and
arithmetic.
"""
