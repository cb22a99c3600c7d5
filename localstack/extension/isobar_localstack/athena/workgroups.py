"""Athena's API: workgroups, named queries, prepared statements, tags."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import CommonServiceException, RequestContext, handler
from localstack.utils.collections import PaginatedList

from isobar_localstack.athena.store import (
    ENGINE,
    AthenaStore,
    WorkGroup,
    athena_stores,
    default_configuration,
)


class InvalidRequest(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("InvalidRequestException", message, status_code=400)


class ResourceNotFound(CommonServiceException):
    def __init__(self, message: str):
        super().__init__("ResourceNotFoundException", message, status_code=400)


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
        return _page(shown, "WorkGroups", "Name", request)

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

    @handler("CreateNamedQuery", expand=False)
    def create_named_query(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        workgroup = workgroup_of(store, request.get("WorkGroup") or "primary")
        query_id = str(uuid.uuid4())
        store.named_queries[query_id] = {
            "NamedQueryId": query_id,
            "Name": request["Name"],
            "Description": request.get("Description") or "",
            "Database": request["Database"],
            "QueryString": request["QueryString"],
            "WorkGroup": workgroup.name,
        }
        return {"NamedQueryId": query_id}

    @handler("GetNamedQuery", expand=False)
    def get_named_query(self, context: RequestContext, request: dict) -> dict:
        return {"NamedQuery": _named_query(context, request["NamedQueryId"])}

    @handler("BatchGetNamedQuery", expand=False)
    def batch_get_named_query(self, context: RequestContext, request: dict) -> dict:
        known, wanted = store_of(context).named_queries, request["NamedQueryIds"]
        missing = [
            {
                "NamedQueryId": each,
                "ErrorCode": "InternalError",
                "ErrorMessage": f"NamedQuery {each} was not found",
            }
            for each in wanted
            if each not in known
        ]
        return {
            "NamedQueries": [known[each] for each in wanted if each in known],
            "UnprocessedNamedQueryIds": missing,
        }

    @handler("ListNamedQueries", expand=False)
    def list_named_queries(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        workgroup = workgroup_of(store, request.get("WorkGroup") or "primary")
        ids = [
            each["NamedQueryId"]
            for each in store.named_queries.values()
            if each["WorkGroup"] == workgroup.name
        ]
        page, token = PaginatedList(ids).get_page(
            lambda each: each, request.get("NextToken"), request.get("MaxResults") or 50
        )
        return {"NamedQueryIds": page, **({"NextToken": token} if token else {})}

    @handler("UpdateNamedQuery", expand=False)
    def update_named_query(self, context: RequestContext, request: dict) -> dict:
        query = _named_query(context, request["NamedQueryId"])
        query.update(
            {name: request[name] for name in ("Name", "Description", "QueryString") if name in request}
        )
        return {}

    @handler("DeleteNamedQuery", expand=False)
    def delete_named_query(self, context: RequestContext, request: dict) -> dict:
        _named_query(context, request["NamedQueryId"])
        del store_of(context).named_queries[request["NamedQueryId"]]
        return {}

    @handler("CreatePreparedStatement", expand=False)
    def create_prepared_statement(self, context: RequestContext, request: dict) -> dict:
        prepared = workgroup_of(store_of(context), request["WorkGroup"]).prepared
        if request["StatementName"] in prepared:
            raise InvalidRequest(
                f"Prepared Statement {request['StatementName']} already exists "
                f"in WorkGroup {request['WorkGroup']}"
            )
        prepared[request["StatementName"]] = _prepared_statement(request)
        return {}

    @handler("UpdatePreparedStatement", expand=False)
    def update_prepared_statement(self, context: RequestContext, request: dict) -> dict:
        _existing_prepared(context, request)[request["StatementName"]] = _prepared_statement(request)
        return {}

    @handler("GetPreparedStatement", expand=False)
    def get_prepared_statement(self, context: RequestContext, request: dict) -> dict:
        return {"PreparedStatement": _existing_prepared(context, request)[request["StatementName"]]}

    @handler("ListPreparedStatements", expand=False)
    def list_prepared_statements(self, context: RequestContext, request: dict) -> dict:
        prepared = workgroup_of(store_of(context), request["WorkGroup"]).prepared
        shown = [
            {name: each[name] for name in ("StatementName", "LastModifiedTime")} for each in prepared.values()
        ]
        return _page(shown, "PreparedStatements", "StatementName", request)

    @handler("DeletePreparedStatement", expand=False)
    def delete_prepared_statement(self, context: RequestContext, request: dict) -> dict:
        del _existing_prepared(context, request)[request["StatementName"]]
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


def _named_query(context: RequestContext, query_id: str) -> dict:
    found = store_of(context).named_queries.get(query_id)
    if found is None:
        raise InvalidRequest(f"NamedQuery {query_id} was not found")
    return found


def _prepared_statement(request: dict) -> dict:
    return {
        "StatementName": request["StatementName"],
        "QueryStatement": request["QueryStatement"],
        "WorkGroupName": request["WorkGroup"],
        "Description": request.get("Description") or "",
        "LastModifiedTime": datetime.now(UTC),
    }


def _existing_prepared(context: RequestContext, request: dict) -> dict[str, dict]:
    prepared = workgroup_of(store_of(context), request["WorkGroup"]).prepared
    if request["StatementName"] not in prepared:
        raise ResourceNotFound(
            f"PreparedStatement {request['StatementName']} was not found in workgroup {request['WorkGroup']}"
        )
    return prepared


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


def _page(items: list[dict], key: str, token: str, request: dict) -> dict:
    page, following = PaginatedList(items).get_page(
        lambda item: item[token], request.get("NextToken"), request.get("MaxResults") or 50
    )
    return {key: page, **({"NextToken": following} if following else {})}
