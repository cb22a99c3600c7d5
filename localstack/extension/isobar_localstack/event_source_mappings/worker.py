"""The states of a Kafka mapping. Stands in for the thread with which LocalStack polls other sources."""

from localstack.aws.api.lambda_ import EventSourceMappingConfiguration
from localstack.services.lambda_.event_source_mapping.esm_worker import EsmState
from localstack.services.lambda_.invocation.models import LambdaStore, lambda_stores
from localstack.utils.aws.arns import parse_arn


class KafkaMappingWorker:
    """Has the members of EsmWorker that LocalStack's Lambda provider uses. There is nothing to set up or wait
    for, so transient states such as Creating or Updating occur only in the answer of the call."""

    state_transition_reason = "USER_INITIATED"

    def __init__(self, esm_config: EventSourceMappingConfiguration, enabled: bool):
        self.uuid = esm_config["UUID"]
        self.enabled = enabled
        self.current_state = EsmState.ENABLED if enabled else EsmState.DISABLED
        function = parse_arn(esm_config["FunctionArn"])
        self._store: LambdaStore = lambda_stores[function["account"]][function["region"]]

    def create(self) -> None:
        self._store.event_source_mappings[self.uuid]["State"] = self.current_state

    def stop(self) -> None:
        """Called when another worker takes over the mapping."""

    def stop_for_shutdown(self) -> None:
        """There is no thread to stop."""

    def delete(self) -> None:
        self._store.event_source_mappings.pop(self.uuid, None)
