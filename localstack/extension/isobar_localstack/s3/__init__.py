"""LocalStack's S3, kept within the folder of its LocalStack."""
