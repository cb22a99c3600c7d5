"""Proxy integrations of REST APIs, without a client between the API and the function."""
