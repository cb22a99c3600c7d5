"""Functions of Trino, by their signatures and DuckDB's text: scalar functions, aggregates, windows, lambdas."""
