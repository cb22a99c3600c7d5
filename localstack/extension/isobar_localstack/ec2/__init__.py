"""What a VPC of CDK's needs and LocalStack's CloudFormation lacks, on its EC2 API."""
