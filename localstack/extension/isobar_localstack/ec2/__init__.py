"""Resource types of a CDK VPC that LocalStack's CloudFormation lacks, on LocalStack's EC2 API."""
