"""CloudWatch Logs: what is kept of the logs."""
