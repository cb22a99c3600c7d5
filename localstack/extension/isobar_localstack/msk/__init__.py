"""Amazon MSK on the local Kafka brokers. Every cluster is these brokers; topics are real."""
