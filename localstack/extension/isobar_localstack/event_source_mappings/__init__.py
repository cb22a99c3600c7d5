"""Kafka event source mappings, stored and shown by the Lambda API. The Kafka poller, another process, reads
them there and reports results; no module here polls."""
