"""Evaluates alarms in LocalStack's own process.

LocalStack asks its own API: for the alarm, then once for each period that counts. With the alarms of a real
app this was half the CPU time of a deploy.
"""

import math
from datetime import UTC, datetime, timedelta

from localstack.services.cloudwatch import alarm_scheduler
from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
from localstack.services.cloudwatch.models import LocalStackMetricAlarm, cloudwatch_stores
from localstack.utils.aws import arns
from localstack.utils.patch import patch


def evaluate_in_process() -> None:
    database = CloudwatchDatabase()

    @patch(alarm_scheduler.get_metric_alarm_details_for_alarm_arn)
    def _from_store(_ask, alarm_arn):
        return metric_alarm(alarm_arn)

    @patch(alarm_scheduler.collect_metric_data)
    def _from_database(_ask, alarm_details, _client):
        return values_by_period(database, alarm_details, datetime.now(UTC))


def metric_alarm(arn: str) -> dict | None:
    place = arns.parse_arn(arn)
    alarm = cloudwatch_stores[place["account"]][place["region"]].alarms.get(arn)
    return dict(alarm.alarm) if isinstance(alarm, LocalStackMetricAlarm) else None


def values_by_period(database: CloudwatchDatabase, alarm: dict, now: datetime) -> list[float | None]:
    """The value of each period up to now, the oldest first; None where nothing was measured.

    As LocalStack does, for a third more periods than the alarm counts, and for two more at least.
    """
    counted, period = alarm["EvaluationPeriods"], alarm["Period"]
    periods = counted + max(math.floor(counted / 3), 2)
    start = now - timedelta(seconds=periods * period)
    place = arns.parse_arn(alarm["AlarmArn"])
    found = database.get_metric_data_stat(
        account_id=place["account"],
        region=place["region"],
        query=alarm_scheduler.generate_metric_query(alarm),
        start_time=start,
        end_time=now,
        scan_by="TimestampAscending",
    )
    values: list[float | None] = [None] * periods
    for timestamp, value in zip(found["timestamps"], found["values"], strict=True):
        values[round((timestamp - start.timestamp()) / period)] = value
    return values
