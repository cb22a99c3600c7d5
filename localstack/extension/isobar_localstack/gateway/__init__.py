"""LocalStack's HTTP server, listening on the configured address only."""
