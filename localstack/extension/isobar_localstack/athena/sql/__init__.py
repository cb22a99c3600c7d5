"""Trino's SQL, parsed by sqlglot, typed by Trino's rules, written as DuckDB's.

A translation of the text alone gives wrong answers, since what an operator or a function does depends on its types:
7 / 2 is 3 in Trino and 3.5 in DuckDB. So every expression is compiled to DuckDB's text *and* its Trino type, and what is
not known to mean the same there is refused by name.
"""
