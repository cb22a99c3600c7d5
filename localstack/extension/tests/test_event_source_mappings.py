"""Kafka event source mappings, through the Lambda API and CloudFormation."""

import json
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import ASK_OFTEN, unique, wait_for

CLUSTER = "arn:aws:kafka:us-east-1:000000000000:cluster/weather/6d3f0c5e-1"
MSK = {"EventSourceArn": CLUSTER, "Topics": ["weather-data"], "StartingPosition": "TRIM_HORIZON"}
SELF_MANAGED = {
    "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:9092", "b:9093"]}},
    "SourceAccessConfigurations": [
        {"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:0:secret:a"}
    ],
    "Topics": ["weather-data"],
    "StartingPosition": "LATEST",
}
EVERY_FIELD = {
    "BatchSize": 5000,
    "MaximumBatchingWindowInSeconds": 3,
    "FilterCriteria": {"Filters": [{"Pattern": '{"value":{"Location":["Seoul"]}}'}]},
    "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:failed"}},
    "MaximumRetryAttempts": 4,
    "MaximumRecordAgeInSeconds": 3600,
    "BisectBatchOnFunctionError": True,
    "FunctionResponseTypes": ["ReportBatchItemFailures"],
    "KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-1234-1234-123456789012",
    "MetricsConfig": {"Metrics": ["EventCount", "ErrorCount"]},
    "LoggingConfig": {"SystemLogLevel": "DEBUG"},
    "ProvisionedPollerConfig": {"MinimumPollers": 2, "MaximumPollers": 5, "PollerGroupName": "shared"},
}


REGISTRY = {
    "ConsumerGroupId": "any",
    "SchemaRegistryConfig": {
        "SchemaRegistryURI": "https://registry.example",
        "EventRecordFormat": "JSON",
        "SchemaValidationConfigs": [{"Attribute": "VALUE"}],
    },
}


def _filtered(pattern: str) -> dict:
    return {**MSK, "FilterCriteria": {"Filters": [{"Pattern": pattern}]}}


@pytest.fixture(scope="module", autouse=True)
def _destination(localstack):
    localstack.client("sqs").create_queue(QueueName="failed")


@pytest.fixture(scope="module")
def function(deploy):
    return deploy("exports.handler = async () => {};")


@pytest.fixture
def create(lambda_client, function):
    created = []

    def create_mapping(**fields):
        mapping = lambda_client.create_event_source_mapping(FunctionName=function.name, **fields)
        created.append(mapping["UUID"])
        return mapping

    yield create_mapping
    for uuid in created:
        try:
            lambda_client.delete_event_source_mapping(UUID=uuid)
        except lambda_client.exceptions.ResourceNotFoundException:
            pass


def test_a_new_mapping_is_creating_then_enabled_with_awss_defaults(create, lambda_client, function):
    created = create(**MSK)
    assert created["State"] == "Creating"
    kept = lambda_client.get_event_source_mapping(UUID=created["UUID"])
    assert kept["State"] == "Enabled"
    assert kept["FunctionArn"].endswith(f":function:{function.name}")
    assert kept["BatchSize"] == 100
    assert "MaximumBatchingWindowInSeconds" not in kept
    assert kept["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": created["UUID"]}
    assert kept["LastProcessingResult"] == "No records processed"
    assert {name: kept[name] for name in MSK} == MSK


@pytest.mark.parametrize(
    ("source", "group"),
    [(MSK, "AmazonManagedKafkaEventSourceConfig"), (SELF_MANAGED, "SelfManagedKafkaEventSourceConfig")],
    ids=["MSK", "self-managed"],
)
def test_every_field_of_a_mapping_is_stored_and_listed(create, lambda_client, source, group):
    wanted = {**source, **EVERY_FIELD, group: {"ConsumerGroupId": "land"}}
    uuid = create(**wanted)["UUID"]
    kept = lambda_client.get_event_source_mapping(UUID=uuid)
    assert {name: kept.get(name) for name in wanted} == wanted
    [listed] = [m for m in _all_mappings(lambda_client) if m["UUID"] == uuid]
    assert {name: listed.get(name) for name in wanted} == wanted
    assert listed["State"] == "Enabled"


def test_a_starting_timestamp_is_stored(create, lambda_client):
    fields = {**MSK, "StartingPosition": "AT_TIMESTAMP", "StartingPositionTimestamp": 1767225600}
    kept = lambda_client.get_event_source_mapping(UUID=create(**fields)["UUID"])
    assert kept["StartingPositionTimestamp"].timestamp() == 1767225600


def test_mappings_are_listed_in_pages(create, lambda_client):
    uuids = {create(**{**MSK, "Topics": [f"topic-{n}"]})["UUID"] for n in range(3)}
    assert uuids <= {m["UUID"] for m in _all_mappings(lambda_client, page_size=1)}


def test_provisioned_pollers_have_defaults(create):
    mapping = create(**MSK, ProvisionedPollerConfig={"MinimumPollers": 3})
    assert mapping["ProvisionedPollerConfig"] == {"MinimumPollers": 3, "MaximumPollers": 200}
    assert mapping["MaximumRetryAttempts"] == -1
    assert mapping["MaximumRecordAgeInSeconds"] == -1


def test_a_mapping_can_be_disabled_updated_enabled_and_deleted(create, lambda_client):
    uuid = create(**MSK, AmazonManagedKafkaEventSourceConfig={"ConsumerGroupId": "g"}, **EVERY_FIELD)["UUID"]

    def state_after(**change):
        answer = lambda_client.update_event_source_mapping(UUID=uuid, **change)
        kept = lambda_client.get_event_source_mapping(UUID=uuid)
        [listed] = [m for m in _all_mappings(lambda_client) if m["UUID"] == uuid]
        assert listed["State"] == kept["State"]
        return answer["State"], kept

    answered, kept = state_after(Enabled=False)
    assert (answered, kept["State"]) == ("Disabling", "Disabled")
    answered, kept = state_after(BatchSize=7)
    assert (answered, kept["State"], kept["BatchSize"]) == ("Updating", "Disabled", 7)
    answered, kept = state_after(Enabled=True)
    assert (answered, kept["State"]) == ("Enabling", "Enabled")
    _, kept = state_after(ProvisionedPollerConfig={"MinimumPollers": 9, "MaximumPollers": 9})
    assert kept["ProvisionedPollerConfig"] == {"MinimumPollers": 9, "MaximumPollers": 9}
    _, kept = state_after(FilterCriteria={"Filters": []})
    assert "FilterCriteria" not in kept
    assert kept["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": "g"}
    assert lambda_client.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    with pytest.raises(lambda_client.exceptions.ResourceNotFoundException):
        lambda_client.get_event_source_mapping(UUID=uuid)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {**MSK, "BatchSize": 10001},
            "1 validation error detected: Value '10001' at 'batchSize' failed to satisfy constraint: "
            "Member must have value less than or equal to 10000",
        ),
        (
            {"EventSourceArn": CLUSTER, "Topics": ["topic"]},
            "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            {"EventSourceArn": CLUSTER, "StartingPosition": "LATEST"},
            "1 validation error detected: Value null at 'topics' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            {**MSK, "Topics": ["topic-a", "topic-b"]},
            "at 'topics' failed to satisfy constraint: Member must have length",
        ),
        (
            {**MSK, "MaximumRetryAttempts": 3},
            "Unsupported MaximumRetryAttempts parameter for given event source",
        ),
        ({**MSK, "FunctionResponseTypes": ["ReportBatchItemFailures"]}, "Unsupported FunctionResponseTypes"),
        ({**MSK, "ParallelizationFactor": 2}, "Unsupported ParallelizationFactor"),
        ({**MSK, "StartingPosition": "AT_TIMESTAMP"}, "StartingPositionTimestamp is required"),
        (
            {**MSK, "ProvisionedPollerConfig": {"MinimumPollers": 9, "MaximumPollers": 3}},
            "MinimumPollers must be",
        ),
        (
            {
                **MSK,
                "ProvisionedPollerConfig": {"MinimumPollers": 1},
                "DestinationConfig": {"OnFailure": {"Destination": f"kafka://{MSK['Topics'][0]}"}},
            },
            "is a source topic of the mapping",
        ),
        (
            {**MSK, "ProvisionedPollerConfig": {"MinimumPollers": 0}},
            "at 'provisionedPollerConfig.minimumPollers'",
        ),
        (_filtered("not json"), "Invalid filter pattern definition."),
        (_filtered('["x"]'), "Invalid filter pattern definition. a pattern must be a JSON object."),
        (
            _filtered('{"value": {"a": [{"wildcard": "x*"}]}}'),
            "Invalid filter pattern definition. value.a has the unknown operator wildcard. The operators are "
            "anything-but, exists, numeric, prefix, suffix, equals-ignore-case.",
        ),
        (
            _filtered('{"value": {"a": "x"}}'),
            'Invalid filter pattern definition. value.a must be a list or an object, not "x".',
        ),
        (_filtered('{"value": {"a": [{"numeric": [">"]}]}}'), "numeric of value.a needs pairs"),
        (_filtered('{"value": {"a": [{"anything-but": [{"cidr": "x"}]}]}}'), "unknown operator cidr"),
        (_filtered('{"$or": [{"topic": [{"prefix": 1}]}]}'), "prefix of topic needs a string"),
        (
            {**MSK, "AmazonManagedKafkaEventSourceConfig": REGISTRY},
            "SchemaRegistryConfig is only available for Provisioned Mode.",
        ),
        (
            {
                **MSK,
                "AmazonManagedKafkaEventSourceConfig": REGISTRY,
                "ProvisionedPollerConfig": {"MinimumPollers": 1},
            },
            "SchemaRegistryConfig is not emulated locally",
        ),
        (
            {**SELF_MANAGED, "SelfManagedKafkaEventSourceConfig": REGISTRY},
            "SchemaRegistryConfig is only available for Provisioned Mode.",
        ),
        *(
            (
                {**MSK, "DestinationConfig": {"OnFailure": {"Destination": arn}}},
                f"The destination ARN {arn} is invalid: there is no such destination.",
            )
            for arn in (
                "arn:aws:sqs:us-east-1:000000000000:absent",
                "arn:aws:sns:us-east-1:000000000000:absent",
                "arn:aws:s3:::absent-bucket-of-tests",
                "arn:aws:dynamodb:us-east-1:000000000000:table/any",
            )
        ),
        (
            {name: value for name, value in SELF_MANAGED.items() if name != "SourceAccessConfigurations"},
            "Required 'sourceAccessConfigurations' parameter is missing.",
        ),
        (
            {
                **SELF_MANAGED,
                "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["nowhere"]}},
            },
            "Invalid bootstrap server 'nowhere'",
        ),
    ],
)
def test_an_invalid_mapping_is_refused_and_not_created(create, lambda_client, fields, message):
    before = len(_all_mappings(lambda_client))
    with pytest.raises(ClientError) as refused:
        create(**fields)
    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert message in refused.value.response["Error"]["Message"]
    assert len(_all_mappings(lambda_client)) == before


@pytest.mark.parametrize("qualifier", ["absent", "7"])
def test_a_mapping_of_an_absent_version_or_alias_is_refused(lambda_client, function, qualifier):
    with pytest.raises(lambda_client.exceptions.InvalidParameterValueException, match="does not exist"):
        lambda_client.create_event_source_mapping(FunctionName=f"{function.name}:{qualifier}", **MSK)


def test_destinations_that_exist_and_every_documented_operator_are_accepted(create, localstack):
    bucket = unique("failures")
    localstack.client("s3").create_bucket(Bucket=bucket)
    topic = localstack.client("sns").create_topic(Name=bucket)["TopicArn"]
    pattern = {
        "topic": [{"prefix": "w"}, {"suffix": "a"}, {"equals-ignore-case": "X"}],
        "value": {
            "a": [None, "", 1, {"exists": False}, {"anything-but": ["x", "y"]}],
            "b": [{"numeric": [">", 0, "<=", 5.5]}],
            "$or": [{"c": ["d"]}, {"e": [{"prefix": {"equals-ignore-case": "f"}}]}],
        },
    }
    for destination in (topic, f"arn:aws:s3:::{bucket}"):
        create(
            **{**MSK, "Topics": [unique("topic")]},
            DestinationConfig={"OnFailure": {"Destination": destination}},
            FilterCriteria={"Filters": [{"Pattern": json.dumps(pattern)}]},
        )


def test_cloudformation_replaces_a_mapping_or_refuses_the_change_and_keeps_it(
    localstack, lambda_client, function
):
    name = unique("replaced")
    cloudformation = localstack.client("cloudformation")

    def template(**changes) -> str:
        properties = {
            "FunctionName": function.name,
            "EventSourceArn": CLUSTER,
            "Topics": [name],
            "StartingPosition": "TRIM_HORIZON",
            **changes,
        }
        mapping = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
        return json.dumps({"Resources": {"Mapping": mapping}})

    def mapping() -> dict:
        of_stack = cloudformation.describe_stack_resources(StackName=name)["StackResources"][0]
        ours = [m for m in _all_mappings(lambda_client) if m.get("Topics", [""])[0].startswith(name)]
        assert [m["UUID"] for m in ours] == [of_stack["PhysicalResourceId"]]
        return ours[0]

    cloudformation.create_stack(StackName=name, TemplateBody=template())
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=ASK_OFTEN)
    first = mapping()["UUID"]
    cloudformation.update_stack(StackName=name, TemplateBody=template(Topics=[f"{name}-b"]))
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=ASK_OFTEN)
    second = mapping()
    assert (second["UUID"] != first, second["Topics"]) == (True, [f"{name}-b"])

    # The new mapping must exist before the former one is deleted, and one function reads a topic once only.
    group = {"AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": name}}
    absent = {
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:000000000000:absent"}}
    }
    for change, reason in (
        ({"StartingPosition": "LATEST"}, "already exists"),
        (group, "already exists"),
        ({**absent, "BatchSize": 7}, "there is no such destination"),
    ):
        template_body = template(Topics=[f"{name}-b"], **change)
        cloudformation.update_stack(StackName=name, TemplateBody=template_body)

        def ended() -> bool:
            [stack] = cloudformation.describe_stacks(StackName=name)["Stacks"]
            return stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"

        wait_for(ended)
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        [failure, *_] = [e for e in events if e["ResourceStatus"].endswith("_FAILED")]
        assert reason in failure["ResourceStatusReason"]
        kept = mapping()
        assert (kept["UUID"], kept["BatchSize"], kept["State"]) == (second["UUID"], 100, "Enabled")
    cloudformation.delete_stack(StackName=name)


def test_the_consumer_group_cannot_be_changed(create, lambda_client):
    uuid = create(**MSK)["UUID"]
    with pytest.raises(lambda_client.exceptions.InvalidParameterValueException):
        lambda_client.update_event_source_mapping(
            UUID=uuid, AmazonManagedKafkaEventSourceConfig={"ConsumerGroupId": "other"}
        )
    kept = lambda_client.get_event_source_mapping(UUID=uuid)
    assert kept["AmazonManagedKafkaEventSourceConfig"] == {"ConsumerGroupId": uuid}


def test_the_poller_reports_the_result_of_the_last_batch(create, lambda_client, localstack):
    uuid = create(**MSK)["UUID"]

    def report(uuid, body):
        request = urllib.request.Request(
            f"{localstack.url}/_isobar/event-source-mappings/{uuid}/last-processing-result",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
            method="PUT",
        )
        try:
            return urllib.request.urlopen(request).status
        except urllib.error.HTTPError as error:
            return error.code

    assert report(uuid, {"LastProcessingResult": "OK"}) == 204
    assert lambda_client.get_event_source_mapping(UUID=uuid)["LastProcessingResult"] == "OK"
    assert report(uuid, {}) == 400
    assert report("unknown", {"LastProcessingResult": "OK"}) == 404


def test_cloudformation_creates_updates_and_deletes_mappings(localstack, lambda_client, function):
    name = unique("mappings")

    def template(**changes):
        msk = {
            "FunctionName": function.name,
            "EventSourceArn": CLUSTER,
            "Topics": [name],
            "StartingPosition": "TRIM_HORIZON",
            "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "land"},
            **EVERY_FIELD,
            **changes,
        }
        self_managed = {
            "FunctionName": function.name,
            "SelfManagedEventSource": {"Endpoints": {"KafkaBootstrapServers": ["127.0.0.1:9092"]}},
            "SourceAccessConfigurations": SELF_MANAGED["SourceAccessConfigurations"],
            "Topics": [name],
            "StartingPosition": "TRIM_HORIZON",
        }
        resources = {
            logical: {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}
            for logical, properties in {"Msk": msk, "SelfManaged": self_managed}.items()
        }
        return json.dumps({"Resources": resources})

    def mappings():
        found = [m for m in _all_mappings(lambda_client) if m.get("Topics") == [name]]
        return sorted(found, key=lambda m: "SelfManagedEventSource" in m)

    cloudformation = localstack.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=template())
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=ASK_OFTEN)
    msk, self_managed = mappings()
    assert {field: msk.get(field) for field in EVERY_FIELD} == EVERY_FIELD
    assert self_managed["SelfManagedEventSource"]["Endpoints"] == {
        "KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:9092"]
    }

    pollers = {"MinimumPollers": 1, "MaximumPollers": 1}
    cloudformation.update_stack(
        StackName=name, TemplateBody=template(ProvisionedPollerConfig=pollers, BatchSize=9)
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=ASK_OFTEN)
    updated, _ = mappings()
    assert (updated["UUID"], updated["BatchSize"]) == (msk["UUID"], 9)
    assert updated["ProvisionedPollerConfig"] == pollers

    cloudformation.delete_stack(StackName=name)
    wait_for(lambda: mappings() == [])


def _all_mappings(client, page_size=50):
    pages = client.get_paginator("list_event_source_mappings").paginate(
        PaginationConfig={"PageSize": page_size}
    )
    return [mapping for page in pages for mapping in page["EventSourceMappings"]]
