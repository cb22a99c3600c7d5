"""One client for each role that LocalStack assumes, instead of one for each call.

Step Functions assumes the role of a state machine for each task, and makes a client with the new credentials.
LocalStack keeps 256 of these clients, with 3 MB each: the model of the service, parsed once more. Credentials
tell LocalStack no more than the account and the role, and do not expire.
"""

from functools import lru_cache

from localstack.aws.connect import ClientFactory
from localstack.runtime import hooks

# Roles, services that assume them, and regions.
_KEPT = 256


@hooks.on_infra_start()
def assume_roles_once():
    ClientFactory.with_assumed_role = lru_cache(maxsize=_KEPT)(ClientFactory.with_assumed_role)
