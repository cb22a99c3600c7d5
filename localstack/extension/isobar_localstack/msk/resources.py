"""AWS::MSK::* in CloudFormation, on the API in this folder."""

import json
from contextlib import suppress

from localstack.services.cloudformation.resource_provider import ResourceRequest

from isobar_localstack.cloudformation.resources import Resource, schema, tag_map
from isobar_localstack.msk.topics import encode_configs

_VERSION = "K1"
_NO_CONFIGS = encode_configs({})


class Cluster(Resource):
    TYPE = "AWS::MSK::Cluster"
    SCHEMA = schema(TYPE, "Arn", read_only=("Arn", "CurrentVersion"), create_only=("ClusterName",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        kafka = request.aws_client_factory.kafka
        created = kafka.create_cluster(**{**model, "Tags": tag_map(model)})
        return {**model, "Arn": created["ClusterArn"], "CurrentVersion": _VERSION}

    def update_resource(self, request: ResourceRequest) -> dict:
        """Stores a changed size or setting in the stack only: the local brokers do not change."""
        identity = {key: request.previous_state[key] for key in ("Arn", "CurrentVersion")}
        return {**request.desired_state, **identity}

    def delete_resource(self, request: ResourceRequest) -> None:
        request.aws_client_factory.kafka.delete_cluster(ClusterArn=request.previous_state["Arn"])


class TopicResource(Resource):
    TYPE = "AWS::MSK::Topic"
    SCHEMA = schema(
        TYPE,
        "TopicArn",
        read_only=("TopicArn",),
        create_only=("ClusterArn", "TopicName", "ReplicationFactor"),
    )

    def create_resource(self, request: ResourceRequest) -> dict:
        created = request.aws_client_factory.kafka.create_topic(**request.desired_state)
        return {**request.desired_state, "TopicArn": created["TopicArn"]}

    def update_resource(self, request: ResourceRequest) -> dict:
        """Sends what changed. MSK takes configs or a partition count, and refuses both in one update."""
        wanted, before = request.desired_state, request.previous_state
        changed = {
            name: wanted.get(name, absent)
            for name, absent in (("Configs", _NO_CONFIGS), ("PartitionCount", None))
            if wanted.get(name) != before.get(name)
        }
        identity = {name: wanted[name] for name in ("ClusterArn", "TopicName")}
        if changed:
            request.aws_client_factory.kafka.update_topic(**identity, **changed)
        return {**wanted, "TopicArn": before["TopicArn"]}

    def delete_resource(self, request: ResourceRequest) -> None:
        before, kafka = request.previous_state, request.aws_client_factory.kafka
        with suppress(kafka.exceptions.NotFoundException):  # deleted with its cluster
            kafka.delete_topic(ClusterArn=before["ClusterArn"], TopicName=before["TopicName"])


class Configuration(Resource):
    TYPE = "AWS::MSK::Configuration"
    SCHEMA = schema(TYPE, "Arn", read_only=("Arn",), create_only=("Name", "KafkaVersionsList"))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        wanted = {**model, "KafkaVersions": model.get("KafkaVersionsList") or []}
        return _with_revision(model, request.aws_client_factory.kafka.create_configuration(**wanted))

    def update_resource(self, request: ResourceRequest) -> dict:
        model = {**request.desired_state, "Arn": request.previous_state["Arn"]}
        return _with_revision(model, request.aws_client_factory.kafka.update_configuration(**model))

    def delete_resource(self, request: ResourceRequest) -> None:
        request.aws_client_factory.kafka.delete_configuration(Arn=request.previous_state["Arn"])


def _with_revision(model: dict, answer: dict) -> dict:
    latest = answer["LatestRevision"]
    shown = {
        "Revision": str(latest["Revision"]),
        "CreationTime": latest["CreationTime"].isoformat(),
        "Description": latest.get("Description", ""),
    }
    return {**model, "Arn": answer["Arn"], "LatestRevision": shown}


class ClusterPolicy(Resource):
    TYPE = "AWS::MSK::ClusterPolicy"
    SCHEMA = schema(TYPE, "ClusterArn", read_only=("CurrentVersion",), create_only=("ClusterArn",))

    def create_resource(self, request: ResourceRequest) -> dict:
        model = request.desired_state
        answer = request.aws_client_factory.kafka.put_cluster_policy(
            ClusterArn=model["ClusterArn"], Policy=json.dumps(model["Policy"])
        )
        return {**model, "CurrentVersion": answer["CurrentVersion"]}

    update_resource = create_resource

    def delete_resource(self, request: ResourceRequest) -> None:
        before = request.previous_state
        request.aws_client_factory.kafka.delete_cluster_policy(ClusterArn=before["ClusterArn"])
