"""Athena's state: workgroups, named queries, prepared statements, executions."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from localstack.services.stores import AccountRegionBundle, BaseStore, LocalAttribute

from isobar_localstack.athena.results import ResultColumn, ResultRows

ENGINE = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
# AWS deletes executions after 45 days.
_KEPT_EXECUTIONS = 1000


@dataclass
class WorkGroup:
    name: str
    configuration: dict
    description: str = ""
    state: str = "ENABLED"
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    tags: dict[str, str] = field(default_factory=dict)
    # By name: the answer of GetPreparedStatement.
    prepared: dict[str, dict] = field(default_factory=dict)

    def shown(self) -> dict:
        return {
            "Name": self.name,
            "State": self.state,
            "Description": self.description,
            "CreationTime": self.created,
            "Configuration": self.configuration,
        }


@dataclass
class Execution:
    """`shown` is the answer of GetQueryExecution."""

    shown: dict
    columns: list[ResultColumn] = field(default_factory=list)
    rows: ResultRows | None = None
    has_headings: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    # Interrupts DuckDB. Set while the execution runs.
    interrupt: object = None

    @property
    def state(self) -> str:
        return self.shown["Status"]["State"]

    def snapshot(self) -> dict:
        """A copy of `shown`, which may be changing. Copies the state first, so that other fields are not
        older."""
        status = _copied(self.shown["Status"])
        return {**_copied(self.shown), "Status": status}


def _copied(value):
    if isinstance(value, dict):
        # `copy` is atomic for other threads; an iteration over the original is not.
        return {name: _copied(each) for name, each in value.copy().items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def primary() -> dict[str, WorkGroup]:
    return {"primary": WorkGroup("primary", default_configuration({}))}


def default_configuration(given: dict) -> dict:
    return {
        "ResultConfiguration": {},
        "EnforceWorkGroupConfiguration": True if given else False,
        "PublishCloudWatchMetricsEnabled": True,
        "RequesterPaysEnabled": False,
        "EngineVersion": ENGINE,
        **given,
    }


class AthenaStore(BaseStore):
    workgroups: dict[str, WorkGroup] = LocalAttribute(default=primary)
    named_queries: dict[str, dict] = LocalAttribute(default=dict)
    executions: OrderedDict[str, Execution] = LocalAttribute(default=OrderedDict)
    # By client request token: the id of the execution, and the request.
    tokens: dict[str, tuple[str, dict]] = LocalAttribute(default=dict)

    def add(self, execution: Execution) -> None:
        self.executions[execution.shown["QueryExecutionId"]] = execution
        while len(self.executions) > _KEPT_EXECUTIONS:
            _id, oldest = self.executions.popitem(last=False)
            if oldest.rows:
                oldest.rows.forget()


athena_stores = AccountRegionBundle("athena", AthenaStore)
