"""Lambda's metrics of invocations.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator

from localstack.services.lambda_.invocation.lambda_models import VersionIdentifier

from isobar_localstack.cloudwatch.measurements import measure

_running: Counter[str] = Counter()
_lock = threading.Lock()


def count(metric: str, *, function_name: str, account_id: str, region_name: str) -> None:
    _measure(metric, 1, "Count", function_name, account_id, region_name)


def record_duration(function: VersionIdentifier, milliseconds: float) -> None:
    _measure(
        "Duration", milliseconds, "Milliseconds", function.function_name, function.account, function.region
    )


@contextlib.contextmanager
def counted_as_running(function: VersionIdentifier) -> Iterator[None]:
    """Measures at each start how many invocations of the function run."""
    key = f"{function.account}:{function.region}:{function.function_name}"
    with _lock:
        _running[key] += 1
        running = _running[key]
    _measure(
        "ConcurrentExecutions", running, "Count", function.function_name, function.account, function.region
    )
    try:
        yield
    finally:
        with _lock:
            _running[key] -= 1


def _measure(
    metric: str, value: float, unit: str, function_name: str, account_id: str, region_name: str
) -> None:
    measure(
        "AWS/Lambda",
        metric,
        value,
        unit=unit,
        account_id=account_id,
        region_name=region_name,
        dimensions={"FunctionName": function_name},
    )
