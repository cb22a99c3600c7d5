"""Step Functions: LocalStack's own engine, with metrics."""
