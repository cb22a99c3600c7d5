"""LocalStack's HTTP server, listening where it is told to and nowhere else."""
