"""Delivers a queue's message to its function at once, by long polling, as AWS does.

LocalStack polls without waiting. It sleeps one second after each batch, and up to fifteen while the queue is
empty.
"""

from localstack.utils.patch import patch

# The wait of one poll. A disabled or deleted mapping stops after this time at the latest.
_WAIT_S = 5
_PAUSE_S = 0.01


def use_long_polling():
    from localstack.services.lambda_.event_source_mapping import esm_worker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    esm_worker.LAMBDA_EVENT_SOURCE_MAPPING_POLL_INTERVAL_SEC = _PAUSE_S
    patch(SqsPoller.poll_events)(_poll_events)


def _poll_events(default, poller) -> None:
    from localstack.services.lambda_.event_source_mapping.pollers.poller import EmptyPollResultsException

    # LocalStack waits for the batching window, if there is one.
    poller.maximum_batching_window = poller.maximum_batching_window or _WAIT_S
    try:
        default(poller)
    except EmptyPollResultsException:
        pass  # the long poll has waited already: no backoff
