"""MSK configurations: stored and shown, but not applied. The local brokers have their own settings."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import RequestContext, handler

from isobar_localstack.msk.errors import Conflict, NotFound
from isobar_localstack.msk.store import msk_stores


class ConfigurationOperations:
    @handler("CreateConfiguration", expand=False)
    def create_configuration(self, context: RequestContext, request: dict) -> dict:
        configurations = _configurations(context)
        name = request["Name"]
        if any(kept["Name"] == name for kept in configurations.values()):
            raise Conflict("A resource with this name already exists.")
        arn = f"arn:aws:kafka:{context.region}:{context.account_id}:configuration/{name}/{uuid.uuid4()}-1"
        revision = _revision(1, request)
        configurations[arn] = {
            "Arn": arn,
            "Name": name,
            "Description": request.get("Description", ""),
            "KafkaVersions": request.get("KafkaVersions", []),
            "CreationTime": revision["CreationTime"],
            "State": "ACTIVE",
            "revisions": [revision],
        }
        return _shown(configurations[arn], "Arn", "CreationTime", "LatestRevision", "Name", "State")

    @handler("UpdateConfiguration", expand=False)
    def update_configuration(self, context: RequestContext, request: dict) -> dict:
        kept = _configuration(context, request)
        kept["revisions"].append(_revision(len(kept["revisions"]) + 1, request))
        return _shown(kept, "Arn", "LatestRevision")

    @handler("DescribeConfiguration", expand=False)
    def describe_configuration(self, context: RequestContext, request: dict) -> dict:
        return _shown(_configuration(context, request))

    @handler("DescribeConfigurationRevision", expand=False)
    def describe_configuration_revision(self, context: RequestContext, request: dict) -> dict:
        kept = _configuration(context, request)
        number = int(request["Revision"])
        if not 1 <= number <= len(kept["revisions"]):
            raise NotFound("The configuration has no such revision.")
        return {"Arn": kept["Arn"], **kept["revisions"][number - 1]}

    @handler("ListConfigurations", expand=False)
    def list_configurations(self, context: RequestContext, request: dict) -> dict:
        return {"Configurations": [_shown(kept) for kept in _configurations(context).values()]}

    @handler("ListConfigurationRevisions", expand=False)
    def list_configuration_revisions(self, context: RequestContext, request: dict) -> dict:
        revisions = _configuration(context, request)["revisions"]
        return {"Revisions": [_without_properties(revision) for revision in revisions]}

    @handler("DeleteConfiguration", expand=False)
    def delete_configuration(self, context: RequestContext, request: dict) -> dict:
        arn = _configuration(context, request)["Arn"]
        del _configurations(context)[arn]
        return {"Arn": arn, "State": "DELETING"}


def _configurations(context: RequestContext) -> dict[str, dict]:
    return msk_stores[context.account_id][context.region].configurations


def _configuration(context: RequestContext, request: dict) -> dict:
    kept = _configurations(context).get(request["Arn"])
    if kept is None:
        raise NotFound(f"The specified configuration does not exist: {request['Arn']}")
    return kept


def _revision(number: int, request: dict) -> dict:
    return {
        "Revision": number,
        "CreationTime": datetime.now(UTC),
        "Description": request.get("Description", ""),
        "ServerProperties": request["ServerProperties"],
    }


def _without_properties(revision: dict) -> dict:
    return {key: value for key, value in revision.items() if key != "ServerProperties"}


def _shown(kept: dict, *keys: str) -> dict:
    """The configuration with its latest revision: the given keys, or all."""
    shown = {key: value for key, value in kept.items() if key != "revisions"}
    shown["LatestRevision"] = _without_properties(kept["revisions"][-1])
    return {key: shown[key] for key in keys} if keys else shown
