"""AWS::MSK::* in CloudFormation, on the API in this folder."""

import json

from botocore.exceptions import ClientError
from localstack.services.cloudformation.resource_provider import (
    ProgressEvent,
    ResourceProvider,
    ResourceRequest,
)

from isobar_localstack.cloudformation.resources import done, failed, request_for, tag_map

_VERSION = "K1"


class Cluster(ResourceProvider):
    TYPE = "AWS::MSK::Cluster"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Arn"],
        "readOnlyProperties": ["/properties/Arn", "/properties/CurrentVersion"],
        "createOnlyProperties": ["/properties/ClusterName"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        kafka = request.aws_client_factory.kafka
        wanted = {**request_for(kafka, "CreateCluster", model), "Tags": tag_map(model)}
        model["Arn"] = kafka.create_cluster(**wanted)["ClusterArn"]
        model["CurrentVersion"] = _VERSION
        return done(model)

    def update(self, request: ResourceRequest) -> ProgressEvent:
        """Stores a changed size or setting in the stack only: the local brokers do not change."""
        identity = {key: request.previous_state[key] for key in ("Arn", "CurrentVersion")}
        return done({**request.desired_state, **identity})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.kafka.delete_cluster(ClusterArn=request.previous_state["Arn"])
        return done({})


class TopicResource(ResourceProvider):
    TYPE = "AWS::MSK::Topic"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/TopicArn"],
        "readOnlyProperties": ["/properties/TopicArn"],
        "createOnlyProperties": [
            "/properties/ClusterArn",
            "/properties/TopicName",
            "/properties/ReplicationFactor",
        ],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        kafka = request.aws_client_factory.kafka
        try:
            created = kafka.create_topic(**request_for(kafka, "CreateTopic", model))
        except ClientError as error:
            return failed(f"{model['TopicName']}: {error.response['Error']['Message']}")
        return done({**model, "TopicArn": created["TopicArn"]})

    def update(self, request: ResourceRequest) -> ProgressEvent:
        model, before = request.desired_state, request.previous_state
        try:
            request.aws_client_factory.kafka.update_topic(
                ClusterArn=model["ClusterArn"],
                TopicName=model["TopicName"],
                PartitionCount=int(model["PartitionCount"]),
                Configs=model.get("Configs", ""),
            )
        except ClientError as error:
            return failed(f"{model['TopicName']}: {error.response['Error']['Message']}")
        return done({**model, "TopicArn": before["TopicArn"]})

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        before = request.previous_state
        try:
            request.aws_client_factory.kafka.delete_topic(
                ClusterArn=before["ClusterArn"], TopicName=before["TopicName"]
            )
        except request.aws_client_factory.kafka.exceptions.NotFoundException:
            pass
        return done({})


class Configuration(ResourceProvider):
    TYPE = "AWS::MSK::Configuration"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/Arn"],
        "readOnlyProperties": ["/properties/Arn"],
        "createOnlyProperties": ["/properties/Name", "/properties/KafkaVersionsList"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        kafka = request.aws_client_factory.kafka
        wanted = request_for(kafka, "CreateConfiguration", model)
        if versions := model.get("KafkaVersionsList"):
            wanted["KafkaVersions"] = versions
        return done(_with_revision(model, kafka.create_configuration(**wanted)))

    def update(self, request: ResourceRequest) -> ProgressEvent:
        model = {**request.desired_state, "Arn": request.previous_state["Arn"]}
        kafka = request.aws_client_factory.kafka
        updated = kafka.update_configuration(**request_for(kafka, "UpdateConfiguration", model))
        return done(_with_revision(model, updated))

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.kafka.delete_configuration(Arn=request.previous_state["Arn"])
        return done({})


def _with_revision(model: dict, answer: dict) -> dict:
    latest = answer["LatestRevision"]
    shown = {
        "Revision": str(latest["Revision"]),
        "CreationTime": latest["CreationTime"].isoformat(),
        "Description": latest.get("Description", ""),
    }
    return {**model, "Arn": answer["Arn"], "LatestRevision": shown}


class ClusterPolicy(ResourceProvider):
    TYPE = "AWS::MSK::ClusterPolicy"
    SCHEMA = {
        "typeName": TYPE,
        "primaryIdentifier": ["/properties/ClusterArn"],
        "readOnlyProperties": ["/properties/CurrentVersion"],
        "createOnlyProperties": ["/properties/ClusterArn"],
    }

    def create(self, request: ResourceRequest) -> ProgressEvent:
        model = request.desired_state
        answer = request.aws_client_factory.kafka.put_cluster_policy(
            ClusterArn=model["ClusterArn"], Policy=json.dumps(model["Policy"])
        )
        return done({**model, "CurrentVersion": answer["CurrentVersion"]})

    update = create

    def delete(self, request: ResourceRequest) -> ProgressEvent:
        request.aws_client_factory.kafka.delete_cluster_policy(
            ClusterArn=request.previous_state["ClusterArn"]
        )
        return done({})
