"""Athena's API: workgroups and their tags."""

from localstack.aws.api import RequestContext, handler

from isobar_localstack.athena.api_errors import InvalidRequest, ResourceNotFound
from isobar_localstack.athena.store import (
    ENGINE,
    AthenaStore,
    WorkGroup,
    athena_stores,
    default_configuration,
)
from isobar_localstack.paging import page


class WorkGroupOperations:
    @handler("CreateWorkGroup", expand=False)
    def create_work_group(self, context: RequestContext, request: dict) -> dict:
        store, name = store_of(context), request["Name"]
        if name in store.workgroups:
            raise InvalidRequest("WorkGroup is already created")
        configuration = default_configuration(
            {"EnforceWorkGroupConfiguration": True, **(request.get("Configuration") or {})}
        )
        store.workgroups[name] = WorkGroup(
            name, configuration, request.get("Description") or "", tags=_tags(request.get("Tags"))
        )
        return {}

    @handler("GetWorkGroup", expand=False)
    def get_work_group(self, context: RequestContext, request: dict) -> dict:
        return {"WorkGroup": workgroup_of(store_of(context), request["WorkGroup"]).shown()}

    @handler("ListWorkGroups", expand=False)
    def list_work_groups(self, context: RequestContext, request: dict) -> dict:
        shown = [
            {
                **{name: value for name, value in each.shown().items() if name != "Configuration"},
                "EngineVersion": ENGINE,
            }
            for each in store_of(context).workgroups.values()
        ]
        return page(shown, "WorkGroups", "Name", request, size=50)

    @handler("UpdateWorkGroup", expand=False)
    def update_work_group(self, context: RequestContext, request: dict) -> dict:
        workgroup = workgroup_of(store_of(context), request["WorkGroup"])
        if "Description" in request:
            workgroup.description = request["Description"]
        workgroup.state = request.get("State") or workgroup.state
        if updates := request.get("ConfigurationUpdates"):
            workgroup.configuration = _updated(workgroup.configuration, updates)
        return {}

    @handler("DeleteWorkGroup", expand=False)
    def delete_work_group(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        workgroup = workgroup_of(store, request["WorkGroup"])
        if workgroup.name == "primary":
            raise InvalidRequest("The primary WorkGroup cannot be deleted.")
        inside = [each for each in store.named_queries.values() if each["WorkGroup"] == workgroup.name]
        if (inside or workgroup.prepared) and not request.get("RecursiveDeleteOption"):
            raise InvalidRequest(f"WorkGroup {workgroup.name} is not empty")
        for each in inside:
            del store.named_queries[each["NamedQueryId"]]
        del store.workgroups[workgroup.name]
        return {}

    @handler("TagResource", expand=False)
    def tag_resource(self, context: RequestContext, request: dict) -> dict:
        _tagged(context, request).tags.update(_tags(request["Tags"]))
        return {}

    @handler("UntagResource", expand=False)
    def untag_resource(self, context: RequestContext, request: dict) -> dict:
        for key in request["TagKeys"]:
            _tagged(context, request).tags.pop(key, None)
        return {}

    @handler("ListTagsForResource", expand=False)
    def list_tags_for_resource(self, context: RequestContext, request: dict) -> dict:
        tags = _tagged(context, request).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def store_of(context: RequestContext) -> AthenaStore:
    return athena_stores[context.account_id][context.region]


def workgroup_of(store: AthenaStore, name: str) -> WorkGroup:
    found = store.workgroups.get(name)
    if found is None:
        raise InvalidRequest(f"WorkGroup {name} is not found.")
    return found


def _updated(configuration: dict, updates: dict) -> dict:
    changed = {name: value for name, value in updates.items() if not name.startswith("Remove")}
    result = dict(configuration.get("ResultConfiguration") or {})
    for name, value in (changed.pop("ResultConfigurationUpdates", None) or {}).items():
        if name.startswith("Remove"):
            if value:
                result.pop(name.removeprefix("Remove"), None)
        else:
            result[name] = value
    updated = {**configuration, **changed, "ResultConfiguration": result}
    if updates.get("RemoveBytesScannedCutoffPerQuery"):
        updated.pop("BytesScannedCutoffPerQuery", None)
    return updated


def _tags(given: list[dict] | None) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value", "") for tag in given or []}


def _tagged(context: RequestContext, request: dict) -> WorkGroup:
    arn = request["ResourceARN"]
    if ":workgroup/" not in arn:
        raise ResourceNotFound(f"Only workgroups have tags locally. Not found: {arn}")
    return workgroup_of(store_of(context), arn.rsplit("/", 1)[1])
