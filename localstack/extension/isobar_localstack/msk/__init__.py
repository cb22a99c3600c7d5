"""Amazon MSK on the local Kafka brokers: every cluster is those brokers; topics are real."""
