"""The life of a Kafka mapping, in the place of the thread with which LocalStack polls other sources."""

from localstack.aws.api.lambda_ import EventSourceMappingConfiguration
from localstack.services.lambda_.event_source_mapping.esm_worker import EsmState
from localstack.services.lambda_.invocation.models import LambdaStore, lambda_stores
from localstack.utils.aws.arns import parse_arn


class KafkaMappingWorker:
    """Has what LocalStack's Lambda provider uses of an EsmWorker. Nothing has to be set up or awaited, so a
    mapping is Creating, Updating, Enabling, Disabling or Deleting only in the answer of the call itself."""

    state_transition_reason = "USER_INITIATED"

    def __init__(self, esm_config: EventSourceMappingConfiguration, enabled: bool):
        self.uuid = esm_config["UUID"]
        self.enabled = enabled
        self.current_state = EsmState.ENABLED if enabled else EsmState.DISABLED
        function = parse_arn(esm_config["FunctionArn"])
        self._store: LambdaStore = lambda_stores[function["account"]][function["region"]]

    def create(self) -> None:
        mapping = self._store.event_source_mappings[self.uuid]
        mapping["State"] = self.current_state
        # LocalStack keeps them apart, too; in an answer of the API they have no place.
        mapping.pop("Tags", None)

    def stop(self) -> None:
        """Another worker has taken over the mapping."""

    def stop_for_shutdown(self) -> None:
        """There is no thread to stop."""

    def delete(self) -> None:
        self._store.event_source_mappings.pop(self.uuid, None)
