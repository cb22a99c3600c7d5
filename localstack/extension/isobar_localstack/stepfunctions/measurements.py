"""Step Functions' metrics of executions.

https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
"""

from datetime import UTC, datetime

from localstack.aws.api.stepfunctions import ExecutionStatus
from localstack.services.stepfunctions.backend.execution import Execution
from localstack.utils.patch import patch

from isobar_localstack.cloudwatch.measurements import measure

_METRICS = {
    ExecutionStatus.RUNNING: "ExecutionsStarted",
    ExecutionStatus.SUCCEEDED: "ExecutionsSucceeded",
    ExecutionStatus.FAILED: "ExecutionsFailed",
    ExecutionStatus.TIMED_OUT: "ExecutionsTimedOut",
    ExecutionStatus.ABORTED: "ExecutionsAborted",
}


def measure_executions() -> None:
    @patch(Execution.publish_execution_status_change_event)
    def _measured(publish, self):
        publish(self)
        metric = _METRICS.get(self.exec_status)
        if metric is None:
            return
        _measure(self, metric, 1, "Count")
        if self.exec_status != ExecutionStatus.RUNNING:
            ended = self.stop_date or datetime.now(UTC)
            milliseconds = (ended - self.start_date).total_seconds() * 1000
            _measure(self, "ExecutionTime", milliseconds, "Milliseconds")


def _measure(execution: Execution, metric: str, value: float, unit: str) -> None:
    measure(
        "AWS/States",
        metric,
        value,
        unit=unit,
        account_id=execution.account_id,
        region_name=execution.region_name,
        dimensions={"StateMachineArn": execution.state_machine.arn},
    )
