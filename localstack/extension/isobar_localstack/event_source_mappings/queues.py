"""Has a message on a queue reach its function at once.

LocalStack asks a queue whether there is something, sleeps for a second after every batch, and for up to fifteen
while the queue is empty. AWS waits at the queue (long polling).
"""

from localstack.utils.patch import patch

# How long a mapping waits at its queue, and so how long it takes to notice that it was disabled or deleted.
_WAIT_S = 5
_PAUSE_S = 0.01


def wait_at_queues():
    from localstack.services.lambda_.event_source_mapping import esm_worker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    esm_worker.LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC = _PAUSE_S
    patch(SqsPoller.poll_events)(_poll_events)


def _poll_events(default, poller) -> None:
    from localstack.services.lambda_.event_source_mapping.pollers.poller import EmptyPollResultsException

    # With a batching window, LocalStack waits for as long as that.
    poller.maximum_batching_window = poller.maximum_batching_window or _WAIT_S
    try:
        default(poller)
    except EmptyPollResultsException:
        pass  # it has waited long enough not to back off
