"""Runs Node.js Lambda functions as plain processes."""
