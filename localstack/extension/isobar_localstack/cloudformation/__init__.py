"""CloudFormation: what our resource providers share, custom resources, and the refusal of unknown types."""
