"""CloudWatch metrics of the services, from real executions. LocalStack itself has few of them."""
