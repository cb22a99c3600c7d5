"""Asks sooner whether a resource is ready.

LocalStack asks six times at once, and then each second. A function is ready soon after the first questions,
so each of a stack's functions took about a second.
"""

from localstack import config
from localstack.services.cloudformation.resource_provider import ResourceProviderExecutor
from localstack.utils.patch import patch

_BETWEEN_QUESTIONS_S = 0.02


def ask_sooner() -> None:
    # Many resources are ready at the second question.
    config.CFN_NO_WAIT_ITERATIONS = 1

    @patch(ResourceProviderExecutor.deploy_loop)
    def _soon(loop, self, resource_provider, resource, raw_payload):
        return loop(self, resource_provider, resource, raw_payload, sleep_time=_BETWEEN_QUESTIONS_S)
