"""AWS::Glue::Job in CloudFormation, on the API in this folder."""

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, generated_name, schema


class JobResource(Resource):
    TYPE = "AWS::Glue::Job"
    SCHEMA = schema(TYPE, "Name", create_only=("Name",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = {**request.desired_state}
        model["Name"] = model.get("Name") or generated_name(request)
        request.aws_client_factory.glue.create_job(**model)
        return model

    def update_resource(self, request: ResourceRequest) -> dict:
        name = request.previous_state["Name"]
        request.aws_client_factory.glue.update_job(JobName=name, JobUpdate=request.desired_state)
        return {**request.desired_state, "Name": name}

    def delete_resource(self, request: ResourceRequest) -> None:
        request.aws_client_factory.glue.delete_job(JobName=request.previous_state["Name"])
