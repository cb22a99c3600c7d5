"""Changes LocalStack's Lambda service at start, so that it accepts Kafka mappings."""

from datetime import datetime

from localstack.aws.api.lambda_ import InvalidParameterValueException
from localstack.aws.spec import load_service
from localstack.http import Request, Response
from localstack.runtime import hooks
from localstack.services.edge import ROUTER
from localstack.services.lambda_ import hooks as lambda_hooks
from localstack.utils.patch import patch

from isobar_localstack.event_source_mappings import references, rules
from isobar_localstack.event_source_mappings.queues import use_long_polling

_RESULT_ROUTE = "/_isobar/event-source-mappings/<uuid>/last-processing-result"


@lambda_hooks.set_event_source_config_defaults()
def set_kafka_defaults(defaults: dict, request: dict, _service: str) -> None:
    if rules.is_kafka(request):
        rules.fill_in_defaults(defaults, request)


@hooks.on_infra_start()
def amend_event_source_mappings():
    from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
    from localstack.services.lambda_.provider import LambdaProvider

    use_long_polling()
    patch(EsmWorkerFactory.get_esm_worker)(_worker)
    patch(LambdaProvider.validate_event_source_mapping)(_validate)
    ROUTER.add(_RESULT_ROUTE, _report_last_processing_result, methods=["PUT"])


def _worker(default, factory):
    from isobar_localstack.event_source_mappings.worker import KafkaMappingWorker

    # LocalStack keeps these apart, too. They are no part of API answers, and each answer would log so.
    for mapping in (factory.esm_config, _existing(factory.esm_config["UUID"]) or {}):
        for name in ("Enabled", "Tags"):
            mapping.pop(name, None)
    if rules.is_kafka(factory.esm_config):
        return KafkaMappingWorker(factory.esm_config, factory.enabled)
    return default(factory)


def _validate(default, provider, context, mapping: dict):
    """`mapping` is a create request, or an existing mapping merged with an update."""
    if not rules.is_kafka(mapping):
        return default(provider, context, mapping)
    try:
        if "UUID" in mapping:
            rules.keep_consumer_group(mapping, _existing(mapping["UUID"]) or {})
            mapping["LastModified"] = datetime.now()
        rules.drop_emptied_settings(mapping)
        rules.check(mapping, load_service("lambda").operation_model("CreateEventSourceMapping").input_shape)
        references.check(mapping, context.account_id, context.region)
    except rules.InvalidMapping as error:
        raise InvalidParameterValueException(str(error), Type="User") from error
    return default(provider, context, mapping)


def _existing(uuid: str) -> dict | None:
    from localstack.services.lambda_.invocation.models import lambda_stores

    for _account, _region, store in lambda_stores.iter_stores():
        if uuid in store.event_source_mappings:
            return store.event_source_mappings[uuid]
    return None


def _report_last_processing_result(request: Request, uuid: str) -> Response:
    """Stores the poller's report on the mapping's last batch: {"LastProcessingResult": "OK"}."""
    mapping = _existing(uuid)
    if mapping is None:
        return Response(status=404)
    result = (request.get_json(silent=True) or {}).get("LastProcessingResult")
    if not isinstance(result, str):
        return Response("LastProcessingResult must be a string", status=400)
    mapping["LastProcessingResult"] = result
    return Response(status=204)
