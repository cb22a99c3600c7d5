"""Athena's API: named queries and prepared statements."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import RequestContext, handler
from localstack.utils.collections import PaginatedList

from isobar_localstack.athena.api_errors import InvalidRequest, ResourceNotFound
from isobar_localstack.athena.workgroups import store_of, workgroup_of
from isobar_localstack.paging import page


class SavedQueryOperations:
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
        return page(shown, "PreparedStatements", "StatementName", request, size=50)

    @handler("DeletePreparedStatement", expand=False)
    def delete_prepared_statement(self, context: RequestContext, request: dict) -> dict:
        del _existing_prepared(context, request)[request["StatementName"]]
        return {}


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
