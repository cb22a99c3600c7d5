"""AWS's rules for Kafka event source mappings: accepted values, and defaults."""

import re

from botocore.model import ListShape, Shape, StructureShape

from isobar_localstack.event_source_mappings.filters import fault_of

NO_LIMIT = -1
_DEFAULT_BATCH_SIZE = 100
_DEFAULT_PROVISIONED = {
    "MaximumRetryAttempts": NO_LIMIT,
    "MaximumRecordAgeInSeconds": NO_LIMIT,
    "BisectBatchOnFunctionError": False,
    "FunctionResponseTypes": [],
}
_GROUP_CONFIGS = ("AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig")
_OTHER_SOURCES_ONLY = (
    "Queues",
    "ParallelizationFactor",
    "TumblingWindowInSeconds",
    "ScalingConfig",
    "DocumentDBEventSourceConfig",
)
# Settings of Kafka mappings in provisioned mode only.
_PROVISIONED_ONLY = (
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "FunctionResponseTypes",
)


class InvalidMapping(Exception):
    pass


def is_kafka(mapping: dict) -> bool:
    return "SelfManagedEventSource" in mapping or ":kafka:" in (mapping.get("EventSourceArn") or "")


def fill_in_defaults(defaults: dict, request: dict) -> None:
    """Adds AWS's defaults to `defaults`, which has the mapping's UUID. MaximumBatchingWindowInSeconds has no
    default: unset means 500 ms, which is no number of seconds."""
    self_managed = "SelfManagedEventSource" in request
    defaults["BatchSize"] = _DEFAULT_BATCH_SIZE
    defaults[_GROUP_CONFIGS[self_managed]] = {"ConsumerGroupId": defaults["UUID"]}
    defaults["LastProcessingResult"] = "No records processed"
    defaults["StateTransitionReason"] = "USER_INITIATED"
    if request.get("ProvisionedPollerConfig"):
        defaults["ProvisionedPollerConfig"] = {"MinimumPollers": 1, "MaximumPollers": 200}
        defaults.update(_DEFAULT_PROVISIONED)


def keep_consumer_group(mapping: dict, before: dict) -> None:
    """Keeps the consumer group of an update that omits it, and refuses a change of it."""
    for name in _GROUP_CONFIGS:
        group = before.get(name, {}).get("ConsumerGroupId")
        if group is None:
            continue
        config = mapping[name] = {"ConsumerGroupId": group, **(mapping.get(name) or {})}
        if config["ConsumerGroupId"] != group:
            raise InvalidMapping("ConsumerGroupId cannot be updated.")


def drop_emptied_settings(mapping: dict) -> None:
    """Removes settings that an update made empty. Without provisioned mode, removes its defaults, too."""
    for name in ("ProvisionedPollerConfig", "FilterCriteria", "KMSKeyArn", "MetricsConfig", "LoggingConfig"):
        if name in mapping and not mapping[name]:
            del mapping[name]
    if not mapping.get("FilterCriteria", {}).get("Filters", True):
        del mapping["FilterCriteria"]
    if "ProvisionedPollerConfig" not in mapping:
        for name, default in _DEFAULT_PROVISIONED.items():
            if mapping.get(name) == default:
                del mapping[name]


def check(mapping: dict, shape: StructureShape) -> None:
    """Raises InvalidMapping with AWS's message. `shape` is the API's input shape, which has the ranges."""
    _check_ranges(mapping, shape, "")
    for name in ("Topics", "StartingPosition"):
        if not mapping.get(name):
            raise _violation("null", name, "Member must not be null")
    for name in _OTHER_SOURCES_ONLY:
        if mapping.get(name):
            raise _unsupported(name)
    if mapping["StartingPosition"] == "AT_TIMESTAMP" and "StartingPositionTimestamp" not in mapping:
        raise InvalidMapping("StartingPositionTimestamp is required when StartingPosition is AT_TIMESTAMP.")
    if mapping["StartingPosition"] != "AT_TIMESTAMP" and mapping.get("StartingPositionTimestamp"):
        raise InvalidMapping("StartingPositionTimestamp is for StartingPosition AT_TIMESTAMP only.")
    if 0 <= mapping.get("MaximumRecordAgeInSeconds", NO_LIMIT) < 60:
        age = mapping["MaximumRecordAgeInSeconds"]
        raise _violation(age, "MaximumRecordAgeInSeconds", "Member must be -1 or between 60 and 604800")
    _check_source(mapping)
    _check_schema_registry(mapping)
    _check_filters(mapping)
    _check_poller_mode(mapping)


def _check_source(mapping: dict) -> None:
    servers = (mapping.get("SelfManagedEventSource") or {}).get("Endpoints", {})
    if "SelfManagedEventSource" not in mapping:
        return
    if "EventSourceArn" in mapping:
        raise InvalidMapping("EventSourceArn and SelfManagedEventSource cannot be used together.")
    if not servers.get("KAFKA_BOOTSTRAP_SERVERS"):
        raise InvalidMapping("SelfManagedEventSource needs the endpoints KAFKA_BOOTSTRAP_SERVERS.")
    for server in servers["KAFKA_BOOTSTRAP_SERVERS"]:
        if not re.fullmatch(r"[^\s:]+:\d{1,5}", server):
            raise InvalidMapping(f"Invalid bootstrap server '{server}': it must be host:port.")


def _check_schema_registry(mapping: dict) -> None:
    if not any((mapping.get(name) or {}).get("SchemaRegistryConfig") for name in _GROUP_CONFIGS):
        return
    if not mapping.get("ProvisionedPollerConfig"):
        raise InvalidMapping(
            "SchemaRegistryConfig is only available for Provisioned Mode. To configure Schema Registry, "
            "please enable Provisioned Mode by specifying MinimumPollers in ProvisionedPollerConfig."
        )
    raise InvalidMapping(
        "SchemaRegistryConfig is not emulated locally: records are neither validated nor decoded. Leave it "
        "out of local mappings."
    )


def _check_filters(mapping: dict) -> None:
    for each in (mapping.get("FilterCriteria") or {}).get("Filters", []):
        if fault := fault_of(each.get("Pattern") or ""):
            raise InvalidMapping(f"Invalid filter pattern definition. {fault}.")


def _check_poller_mode(mapping: dict) -> None:
    pollers = mapping.get("ProvisionedPollerConfig")
    failures = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination") or ""
    if pollers:
        if pollers.get("MinimumPollers", 1) > pollers.get("MaximumPollers", 200):
            raise InvalidMapping("MinimumPollers must be less than or equal to MaximumPollers.")
        if failures.removeprefix("kafka://") in mapping["Topics"] and failures.startswith("kafka://"):
            raise InvalidMapping(f"The on-failure destination {failures} is a source topic of the mapping.")
        return
    for name in _PROVISIONED_ONLY:
        if mapping.get(name) not in (None, _DEFAULT_PROVISIONED[name]):
            raise _unsupported(name)
    if failures.startswith("kafka://"):
        raise _unsupported("DestinationConfig")


def _check_ranges(value, shape: Shape, path: str) -> None:
    limits = shape.metadata
    if isinstance(shape, StructureShape):
        for name, member in shape.members.items():
            if value.get(name) is not None:
                _check_ranges(value[name], member, f"{path}.{name}" if path else name)
        return
    if isinstance(shape, ListShape):
        _check_size(len(value), value, limits, path, "length")
        for number, item in enumerate(value, start=1):
            _check_ranges(item, shape.member, f"{path}.{number}.member")
    elif shape.type_name in ("integer", "long"):
        _check_size(value, value, limits, path, "value")
    elif shape.type_name == "string":
        _check_size(len(value), value, limits, path, "length")
        if shape.enum and value not in shape.enum:
            allowed = ", ".join(shape.enum)
            raise _violation(value, path, f"Member must satisfy enum value set: [{allowed}]")
        pattern = limits.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            raise _violation(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _check_size(size: int, value, limits: dict, path: str, what: str) -> None:
    if "min" in limits and size < limits["min"]:
        raise _violation(value, path, f"Member must have {what} greater than or equal to {limits['min']}")
    if "max" in limits and size > limits["max"]:
        raise _violation(value, path, f"Member must have {what} less than or equal to {limits['max']}")


def _violation(value, path: str, constraint: str) -> InvalidMapping:
    shown = "null" if value == "null" else f"'{value}'"
    member = ".".join(part[:1].lower() + part[1:] for part in path.split("."))
    return InvalidMapping(
        f"1 validation error detected: Value {shown} at '{member}' failed to satisfy constraint: {constraint}"
    )


def _unsupported(name: str) -> InvalidMapping:
    return InvalidMapping(f"Unsupported {name} parameter for given event source mapping type.")
