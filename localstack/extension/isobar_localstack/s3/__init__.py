"""LocalStack's S3, with its data in the folder of its LocalStack."""
