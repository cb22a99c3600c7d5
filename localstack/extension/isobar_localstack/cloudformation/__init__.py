"""CloudFormation: helpers of our resource providers, custom resources, and the refusal of unknown types."""
