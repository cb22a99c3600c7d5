"""Athena's API: query executions and their results. Joins the other groups of operations."""

import uuid
from datetime import UTC, datetime

from localstack.aws.api import RequestContext, handler
from localstack.services.plugins import ServiceLifecycleHook

from isobar_localstack.athena.api_errors import InvalidRequest
from isobar_localstack.athena.executions import Executor
from isobar_localstack.athena.metadata import MetadataOperations
from isobar_localstack.athena.saved_queries import SavedQueryOperations
from isobar_localstack.athena.store import ENGINE, Execution
from isobar_localstack.athena.workgroups import WorkGroupOperations, store_of, workgroup_of

_LONGEST_QUERY = 262_144
_LARGEST_PAGE = 1000
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class AthenaProvider(WorkGroupOperations, SavedQueryOperations, MetadataOperations, ServiceLifecycleHook):
    service = "athena"
    version = "2017-05-18"

    def __init__(self):
        self._executor = Executor()

    @handler("StartQueryExecution", expand=False)
    def start_query_execution(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        token = request.get("ClientRequestToken")
        asked = {name: value for name, value in request.items() if name != "ClientRequestToken"}
        if token and token in store.tokens:
            known, before = store.tokens[token]
            if before != asked:
                raise InvalidRequest("Idempotent parameters do not match")
            return {"QueryExecutionId": known}
        query = request.get("QueryString") or ""
        if not query.strip():
            raise InvalidRequest(
                "1 validation error detected: Value at 'queryString' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1"
            )
        if len(query.encode()) > _LONGEST_QUERY:
            raise InvalidRequest(f"The query is longer than {_LONGEST_QUERY} bytes")
        workgroup = workgroup_of(store, request.get("WorkGroup") or "primary")
        if workgroup.state != "ENABLED":
            raise InvalidRequest(f"WorkGroup {workgroup.name} is disabled.")
        execution_id = str(uuid.uuid4())
        result = _result_configuration(workgroup, request.get("ResultConfiguration") or {})
        result["OutputLocation"] = f"{result['OutputLocation'].rstrip('/')}/{execution_id}"
        execution = Execution(
            {
                "QueryExecutionId": execution_id,
                "Query": query,
                "ResultConfiguration": result,
                "ResultReuseConfiguration": {"ResultReuseByAgeConfiguration": {"Enabled": False}},
                "QueryExecutionContext": _lower(request.get("QueryExecutionContext") or {}),
                "Status": {"State": "QUEUED", "SubmissionDateTime": datetime.now(UTC)},
                "Statistics": {
                    "EngineExecutionTimeInMillis": 0,
                    "DataScannedInBytes": 0,
                    "TotalExecutionTimeInMillis": 0,
                    "QueryQueueTimeInMillis": 0,
                    "ServiceProcessingTimeInMillis": 0,
                    "ResultReuseInformation": {"ReusedPreviousResult": False},
                },
                "WorkGroup": workgroup.name,
                "EngineVersion": ENGINE,
                **(
                    {"ExecutionParameters": request["ExecutionParameters"]}
                    if request.get("ExecutionParameters")
                    else {}
                ),
            }
        )
        store.add(execution)
        if token:
            store.tokens[token] = (execution_id, asked)
        self._executor.start(execution, workgroup, context.account_id, context.region)
        return {"QueryExecutionId": execution_id}

    @handler("StopQueryExecution", expand=False)
    def stop_query_execution(self, context: RequestContext, request: dict) -> dict:
        execution = _execution(context, request)
        if execution.state not in _ENDED:
            self._executor.stop(execution)
        return {}

    @handler("GetQueryExecution", expand=False)
    def get_query_execution(self, context: RequestContext, request: dict) -> dict:
        return {"QueryExecution": _execution(context, request).snapshot()}

    @handler("BatchGetQueryExecution", expand=False)
    def batch_get_query_execution(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        wanted = request["QueryExecutionIds"]
        missing = [
            {
                "QueryExecutionId": each,
                "ErrorCode": "InternalError",
                "ErrorMessage": f"QueryExecution {each} was not found",
            }
            for each in wanted
            if each not in store.executions
        ]
        found = [store.executions[each].snapshot() for each in wanted if each in store.executions]
        return {"QueryExecutions": found, "UnprocessedQueryExecutionIds": missing}

    @handler("ListQueryExecutions", expand=False)
    def list_query_executions(self, context: RequestContext, request: dict) -> dict:
        store = store_of(context)
        workgroup = workgroup_of(store, request.get("WorkGroup") or "primary").name
        latest_first = [
            execution_id
            for execution_id, execution in reversed(store.executions.items())
            if execution.shown["WorkGroup"] == workgroup
        ]
        start = int(request.get("NextToken") or 0)
        end = start + (request.get("MaxResults") or 50)
        following = {"NextToken": str(end)} if end < len(latest_first) else {}
        return {"QueryExecutionIds": latest_first[start:end], **following}

    @handler("GetQueryResults", expand=False)
    def get_query_results(self, context: RequestContext, request: dict) -> dict:
        execution = _execution(context, request)
        if execution.state != "SUCCEEDED":
            raise InvalidRequest(_not_ready(execution))
        size = request.get("MaxResults") or _LARGEST_PAGE
        if not 1 <= size <= _LARGEST_PAGE:
            raise InvalidRequest(f"MaxResults is more than maximum allowed length {_LARGEST_PAGE}.")
        # The heading line counts as a row.
        start = _row(request.get("NextToken"))
        headings = 1 if execution.has_headings else 0
        rows = [[column.name for column in execution.columns]] if headings and start == 0 else []
        rows += execution.rows.read(max(start - headings, 0), size - len(rows))
        end = start + len(rows)
        following = {"NextToken": str(end)} if end < execution.rows.count + headings else {}
        return {
            "UpdateCount": 0,
            "ResultSet": {
                "Rows": [{"Data": [_datum(cell) for cell in row]} for row in rows],
                "ResultSetMetadata": {"ColumnInfo": [column.shown() for column in execution.columns]},
            },
            **following,
        }


def _datum(cell: str | None) -> dict:
    return {} if cell is None else {"VarCharValue": cell}


def _row(token: str | None) -> int:
    if token is not None and not token.isdigit():
        raise InvalidRequest("Invalid NextToken")
    return int(token or 0)


def _not_ready(execution: Execution) -> str:
    if execution.state in ("QUEUED", "RUNNING"):
        return f"Query has not yet finished. Current state: {execution.state}"
    return f"Query did not finish successfully. Final query state: {execution.state}"


def _execution(context: RequestContext, request: dict) -> Execution:
    execution_id = request["QueryExecutionId"]
    found = store_of(context).executions.get(execution_id)
    if found is None:
        raise InvalidRequest(f"QueryExecution {execution_id} was not found")
    return found


def _result_configuration(workgroup, given: dict) -> dict:
    """The workgroup's enforced setting, else the caller's, else the workgroup's default."""
    offered = workgroup.configuration.get("ResultConfiguration") or {}
    enforced = workgroup.configuration.get("EnforceWorkGroupConfiguration") and offered.get("OutputLocation")
    chosen = dict(offered) if enforced else {**offered, **given}
    location = chosen.get("OutputLocation")
    if not location:
        raise InvalidRequest(
            "No output location provided. An output location is required either through the Workgroup result "
            "configuration setting or as an API input."
        )
    if not location.startswith("s3://"):
        raise InvalidRequest(f"outputLocation is not a valid S3 path: {location}")
    return chosen


def _lower(given: dict) -> dict:
    return {name: value.lower() for name, value in given.items() if value}
