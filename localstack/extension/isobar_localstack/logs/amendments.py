"""Bounds CloudWatch Logs. LocalStack keeps all events in memory, whatever the retention of their group."""

from localstack.runtime import hooks

# Of a log group. Four lines an invocation, that is 2,500 invocations.
KEPT_EVENTS = 10_000


@hooks.on_infra_start()
def bound_logs():
    from localstack.utils.patch import patch
    from moto.logs.models import LogGroup

    @patch(LogGroup.put_log_events)
    def _bounded(put, self, *args, **kwargs):
        answer = put(self, *args, **kwargs)
        drop_oldest(self, KEPT_EVENTS)
        return answer


def drop_oldest(group, kept: int) -> None:
    """Removes the events above `kept`: first of the stream that was longest without one."""
    excess = sum(len(stream.events) for stream in group.streams.values()) - kept
    if excess <= 0:
        return
    for stream in sorted(group.streams.values(), key=lambda each: each.last_ingestion_time or 0):
        dropped = min(excess, len(stream.events))
        del stream.events[:dropped]
        excess -= dropped
        if excess == 0:
            return
