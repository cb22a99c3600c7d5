"""Kafka event source mappings: kept and shown by the Lambda API. The Kafka poller, a process of its own, reads
them there and reports back; nothing here polls."""
