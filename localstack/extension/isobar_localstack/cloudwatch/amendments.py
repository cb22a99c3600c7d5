"""Changes LocalStack's CloudWatch at start, where no plugin point exists."""

import re
import time

from localstack.runtime import hooks

_PERCENTILE = re.compile(r"p\d{1,2}(\.\d+)?")


@hooks.on_infra_start()
def amend_cloudwatch():
    from localstack.services.cloudwatch.cloudwatch_database_helper import CloudwatchDatabase
    from localstack.utils.patch import patch

    from isobar_localstack.cloudwatch.alarms import evaluate_in_process
    from isobar_localstack.cloudwatch.database import write_at_once

    @patch(CloudwatchDatabase.get_metric_data_stat)
    def _without_percentiles(get, self, *args, query, **kwargs):
        """LocalStack keeps sums, not values: it knows no percentile, and fails the whole request for one."""
        if _PERCENTILE.fullmatch(query["MetricStat"].get("Stat") or ""):
            return {"timestamps": [], "values": [], "messages": []}
        return get(self, *args, query=query, **kwargs)

    _measure_queues_once_a_second()
    _measure_ages_of_messages()
    evaluate_in_process()
    write_at_once()


def _measure_queues_once_a_second() -> None:
    """LocalStack calls the API for each send, each delete and each receive, of an empty queue too."""
    from localstack.services.sqs.provider import CloudwatchDispatcher
    from localstack.utils.patch import patch

    from isobar_localstack.cloudwatch.measurements import measure

    @patch(CloudwatchDispatcher.dispatch_sqs_metric)
    def _measured(_dispatch, self, account_id, region, queue_name, metric, value=1, unit="Count"):
        measure(
            "AWS/SQS",
            metric,
            value,
            unit=unit,
            account_id=account_id,
            region_name=region,
            dimensions={"QueueName": queue_name},
        )


def _measure_ages_of_messages() -> None:
    """LocalStack publishes the numbers of a queue's messages, and not their age."""
    from localstack.services.sqs.models import sqs_stores
    from localstack.services.sqs.provider import CloudwatchPublishWorker
    from localstack.utils.patch import patch

    from isobar_localstack.cloudwatch.measurements import measure

    @patch(CloudwatchPublishWorker.publish_approximate_cloudwatch_metrics)
    def _with_ages(publish, self):
        publish(self)
        for account_id, region, store in sqs_stores.iter_stores():
            for queue in list(store.queues.values()):
                measure(
                    "AWS/SQS",
                    "ApproximateAgeOfOldestMessage",
                    oldest_age_s(queue),
                    unit="Seconds",
                    account_id=account_id,
                    region_name=region,
                    dimensions={"QueueName": queue.name},
                )


def oldest_age_s(queue) -> float:
    """How long the oldest message that is not deleted has been in the queue; 0 for an empty one."""
    visible = getattr(queue, "visible", None)  # FIFO queues keep their messages in groups
    messages = [*(visible.queue if visible else []), *queue.inflight, *queue.delayed]
    return max((time.time() - message.created for message in messages), default=0)
