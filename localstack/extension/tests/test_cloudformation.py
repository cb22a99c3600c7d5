"""Resource types that LocalStack's free edition lacks, deployed as stacks."""

import base64
import json
import urllib.request
import os

import psycopg
import pytest
from botocore.exceptions import ClientError, WaiterError
from confluent_kafka.admin import AdminClient, ConfigResource
from conftest import ASK_OFTEN, unique, wait_for

from isobar_localstack.settings import kafka_brokers, postgres_url


class Stack:
    def __init__(self, localstack):
        self.name = unique("stack")
        self.client = localstack.client("cloudformation")
        self.url = localstack.url

    def create(self, resources: dict, outputs: dict | None = None) -> dict[str, str]:
        self.client.create_stack(
            StackName=self.name,
            TemplateBody=_template(resources, outputs),
            Capabilities=["CAPABILITY_IAM"],
        )
        return self._wait("stack_create_complete")

    def update(self, resources: dict, outputs: dict | None = None) -> dict[str, str]:
        self.client.update_stack(StackName=self.name, TemplateBody=_template(resources, outputs))
        return self._wait("stack_update_complete")

    def delete(self) -> None:
        self.client.delete_stack(StackName=self.name)
        self._wait("stack_delete_complete")

    def _wait(self, waiter: str) -> dict[str, str]:
        try:
            self.client.get_waiter(waiter).wait(StackName=self.name, WaiterConfig=ASK_OFTEN)
        except WaiterError as error:
            raise AssertionError(self.failures()) from error
        if waiter == "stack_delete_complete":
            return {}
        [stack] = self.client.describe_stacks(StackName=self.name)["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def failures(self) -> list[str]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            event.get("ResourceStatusReason", "")
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        ]


def _template(resources: dict, outputs: dict | None) -> str:
    shown = {name: {"Value": value} for name, value in (outputs or {}).items()}
    return json.dumps({"Resources": resources, "Outputs": shown})


@pytest.fixture
def stack(localstack):
    created = Stack(localstack)
    yield created
    created.client.delete_stack(StackName=created.name)


@pytest.fixture
def brokers(monkeypatch):
    return _test_setting(monkeypatch, "KAFKA_BROKERS", kafka_brokers)


@pytest.fixture
def postgres(monkeypatch):
    return _test_setting(monkeypatch, "POSTGRES_URL", postgres_url)


def _test_setting(monkeypatch, name, read):
    monkeypatch.setenv(f"ISOBAR_{name}", os.environ[f"ISOBAR_TEST_{name}"])
    return read()


def _cluster(name):
    return {
        "Type": "AWS::MSK::Cluster",
        "Properties": {
            "ClusterName": name,
            "KafkaVersion": "3.9.x",
            "NumberOfBrokerNodes": 3,
            "BrokerNodeGroupInfo": {"InstanceType": "kafka.t3.small", "ClientSubnets": ["a", "b", "c"]},
            "EncryptionInfo": {"EncryptionInTransit": {"ClientBroker": "PLAINTEXT"}},
        },
    }


def _topic(name, partitions, configs):
    return {
        "Type": "AWS::MSK::Topic",
        "Properties": {
            "ClusterArn": {"Ref": "Cluster"},
            "TopicName": name,
            "PartitionCount": partitions,
            "ReplicationFactor": 1,
            "Configs": base64.b64encode(json.dumps(configs).encode()).decode(),
        },
    }


def test_a_cluster_keeps_its_arn_on_brokers_that_keep_their_data(localstack, brokers):
    kafka = localstack.client("kafka")

    def created(name):
        settings = _cluster(name)["Properties"]
        arn = kafka.create_cluster(**settings)["ClusterArn"]
        kafka.delete_cluster(ClusterArn=arn)
        return arn

    name = unique("cluster")
    assert created(name) == created(name)
    assert created(name).split("/")[-1] != created(unique("cluster")).split("/")[-1]


def test_msk_topics_are_created_changed_and_deleted_on_the_brokers(stack, localstack, brokers):
    admin = AdminClient({"bootstrap.servers": brokers})
    name = unique("topic")

    def partitions_and(config):
        topic = admin.list_topics(timeout=10).topics.get(name)
        if topic is None:
            return None
        [described] = admin.describe_configs([ConfigResource("topic", name)]).values()
        return len(topic.partitions), described.result()[config].value

    resources = {"Cluster": _cluster(name), "Topic": _topic(name, 3, {"retention.ms": "1000"})}
    outputs = stack.create(
        resources, {"Cluster": {"Ref": "Cluster"}, "Topic": {"Fn::GetAtt": ["Topic", "TopicArn"]}}
    )
    assert partitions_and("retention.ms") == (3, "1000")
    cluster = outputs["Cluster"]
    assert outputs["Topic"] == cluster.replace(":cluster/", ":topic/") + f"/{name}"

    kafka = localstack.client("kafka")
    assert kafka.get_bootstrap_brokers(ClusterArn=cluster)["BootstrapBrokerString"] == brokers
    assert kafka.describe_cluster(ClusterArn=cluster)["ClusterInfo"]["State"] == "ACTIVE"
    described = kafka.describe_topic(ClusterArn=cluster, TopicName=name)
    assert (described["PartitionCount"], described["ReplicationFactor"]) == (3, 1)
    assert name in [topic["TopicName"] for topic in kafka.list_topics(ClusterArn=cluster)["Topics"]]

    resources["Topic"] = _topic(name, 3, {"cleanup.policy": "compact"})
    stack.update(resources)
    assert partitions_and("cleanup.policy") == (3, "compact")
    assert partitions_and("retention.ms") == (3, "604800000")
    resources["Topic"] = _topic(name, 5, {"cleanup.policy": "compact"})
    stack.update(resources)
    assert partitions_and("cleanup.policy") == (5, "compact")

    stack.delete()
    assert partitions_and("retention.ms") is None


@pytest.mark.parametrize(
    ("configs", "reason"),
    [
        ({"retention.ms": "soon"}, "retention.ms"),
        ({"retention.msec": "1000"}, "Unknown topic config name: retention.msec"),
        ({"retention.ms": 1000}, "'retention.ms' must be a string"),
    ],
)
def test_a_topic_with_settings_that_kafka_or_msk_refuses_fails_the_stack_with_the_reason(
    stack, brokers, configs, reason
):
    resources = {"Cluster": _cluster(stack.name), "Topic": _topic(stack.name, 1, configs)}
    with pytest.raises(AssertionError, match=reason):
        stack.create(resources)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((4, {"retention.ms": "2000"}), "You must specify either configs or partitionCount"),
        ((2, {"retention.ms": "1000"}), "2 would not be an increase"),
    ],
    ids=["settings and partitions at once", "fewer partitions"],
)
def test_an_update_of_a_topic_that_msk_refuses_fails_the_stack_and_changes_nothing(
    stack, localstack, brokers, change, reason
):
    before = (3, {"retention.ms": "1000"})
    resources = {"Cluster": _cluster(stack.name), "Topic": _topic(stack.name, *before)}
    arn = stack.create(resources, {"Cluster": {"Ref": "Cluster"}})["Cluster"]
    changed = _template({**resources, "Topic": _topic(stack.name, *change)}, None)
    stack.client.update_stack(StackName=stack.name, TemplateBody=changed)
    with pytest.raises(AssertionError, match=reason):
        stack._wait("stack_update_complete")
    [described] = stack.client.describe_stacks(StackName=stack.name)["Stacks"]
    assert described["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    described = localstack.client("kafka").describe_topic(ClusterArn=arn, TopicName=stack.name)
    assert described["PartitionCount"] == before[0]
    assert json.loads(base64.b64decode(described["Configs"])) == before[1]


def test_kafka_4_is_refused_on_the_smallest_brokers(stack):
    cluster = _cluster(stack.name)
    cluster["Properties"]["KafkaVersion"] = "4.0.x.kraft"
    with pytest.raises(AssertionError, match="Unsupported InstanceType"):
        stack.create({"Cluster": cluster})


def test_msk_configurations_have_revisions(stack, localstack):
    def configuration(properties):
        return {
            "Configuration": {
                "Type": "AWS::MSK::Configuration",
                "Properties": {"Name": stack.name, "ServerProperties": properties},
            }
        }

    outputs = {
        "Arn": {"Ref": "Configuration"},
        "Revision": {"Fn::GetAtt": ["Configuration", "LatestRevision.Revision"]},
    }
    created = stack.create(configuration("auto.create.topics.enable=false"), outputs)
    assert created["Revision"] == "1"
    updated = stack.update(configuration("auto.create.topics.enable=true"), outputs)
    assert updated == {"Arn": created["Arn"], "Revision": "2"}
    revision = localstack.client("kafka").describe_configuration_revision(Arn=created["Arn"], Revision=2)
    assert revision["ServerProperties"] == b"auto.create.topics.enable=true"


def _parameter(value):
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}


def _stack_output(stack, name):
    return {"Fn::GetStackOutput": {"StackName": stack.name, "OutputName": name}}


def test_a_stack_reads_the_outputs_of_another_at_each_of_its_changes(stack, localstack):
    other = Stack(localstack)
    shown = {"Shown": {"Fn::GetAtt": ["Parameter", "Value"]}}
    other.create({"Parameter": _parameter("one")}, shown)
    joined = {"Fn::Join": ["-", ["read", _stack_output(other, "Shown")]]}
    assert stack.create({"Parameter": _parameter(joined)}, shown) == {"Shown": "read-one"}
    other.update({"Parameter": _parameter("two")}, shown)
    changed = {"Parameter": _parameter(joined), "Second": _parameter("any")}
    assert stack.update(changed, shown) == {"Shown": "read-two"}
    other.delete()


def test_a_stack_that_reads_an_output_that_does_not_exist_is_refused(stack, localstack):
    other = Stack(localstack)
    with pytest.raises(ClientError, match=f"stack {other.name} does not exist"):
        stack.create({"Parameter": _parameter(_stack_output(other, "Shown"))})
    other.create({"Parameter": _parameter("one")})
    with pytest.raises(ClientError, match=f"stack {other.name} has no output Shown"):
        Stack(localstack).create({"Parameter": _parameter(_stack_output(other, "Shown"))})
    other.delete()


def test_the_generated_secret_of_an_rds_instance_logs_in(stack, localstack, postgres):
    database = unique("db").replace("-", "_")
    resources = {
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {
                "GenerateSecretString": {
                    "SecretStringTemplate": json.dumps({"username": f"user_{database}"}),
                    "GenerateStringKey": "password",
                    "ExcludeCharacters": "\"@/\\ '",
                }
            },
        },
        "Parameters": {
            "Type": "AWS::RDS::DBParameterGroup",
            "Properties": {
                "Family": "postgres17",
                "Description": "d",
                "Parameters": {"log_statement": "all"},
            },
        },
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "Engine": "postgres",
                "EngineVersion": "17",
                "DBName": database,
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": "20",
                "StorageEncrypted": True,
                "DBParameterGroupName": {"Ref": "Parameters"},
                "MasterUsername": {
                    "Fn::Join": [
                        "",
                        ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString:username::}}"],
                    ]
                },
                "MasterUserPassword": {
                    "Fn::Join": [
                        "",
                        ["{{resolve:secretsmanager:", {"Ref": "Secret"}, ":SecretString:password::}}"],
                    ]
                },
            },
        },
        "Attachment": {
            "Type": "AWS::SecretsManager::SecretTargetAttachment",
            "Properties": {
                "SecretId": {"Ref": "Secret"},
                "TargetId": {"Ref": "Database"},
                "TargetType": "AWS::RDS::DBInstance",
            },
        },
    }
    outputs = stack.create(
        resources,
        {
            "Secret": {"Ref": "Attachment"},
            "Address": {"Fn::GetAtt": ["Database", "Endpoint.Address"]},
            "Port": {"Fn::GetAtt": ["Database", "Endpoint.Port"]},
        },
    )
    value = localstack.client("secretsmanager").get_secret_value(SecretId=outputs["Secret"])
    secret = json.loads(value["SecretString"])
    assert (secret["host"], str(secret["port"])) == (outputs["Address"], outputs["Port"])
    assert (secret["engine"], secret["dbname"]) == ("postgres", database)
    login = {key: secret[key] for key in ("host", "port", "dbname", "password")}
    with psycopg.connect(user=secret["username"], **login) as connection:
        connection.execute("CREATE TABLE one (n int)")
        privileges = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(privileges).fetchone() == (False,)

    stack.delete()
    with psycopg.connect(postgres) as server:
        assert server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None


def test_the_servers_superuser_cannot_be_a_master_user(stack, postgres):
    resources = {
        "Database": {
            "Type": "AWS::RDS::DBInstance",
            "Properties": {
                "Engine": "postgres",
                "DBInstanceClass": "db.t4g.micro",
                "AllocatedStorage": "20",
                "MasterUsername": "postgres",
                "MasterUserPassword": "changed-by-a-test",
            },
        }
    }
    with pytest.raises(AssertionError, match="superuser of the local Postgres"):
        stack.create(resources)
    psycopg.connect(postgres).close()


# Answers like CDK's handlers: over https, with only host and path of the ResponseURL.
HANDLER = """
const https = require('node:https');
const seen = [];
exports.handler = async (event) => {
  if (event.read) return seen;
  seen.push(event);
  const wanted = event.ResourceProperties.Answer;
  if (event.RequestType !== 'Delete' && wanted === 'throw') throw new Error('before it answered');
  const { hostname, pathname } = new URL(event.ResponseURL);
  const answer = JSON.stringify({
    Status: wanted === 'fail' && event.RequestType !== 'Delete' ? 'FAILED' : 'SUCCESS',
    Reason: 'the handler says no',
    PhysicalResourceId: event.ResourceProperties.Id,
    StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
    Data: { plain: 'p', 'deep.er': 1, list: ['x'], flag: true },
  });
  await new Promise((resolve, reject) => {
    const headers = { 'content-length': Buffer.byteLength(answer) };
    const options = { hostname, path: pathname, method: 'PUT', headers };
    https.request(options, resolve).on('error', reject).end(answer);
  });
};
"""


@pytest.fixture(scope="module")
def custom_handler(deploy):
    return deploy(HANDLER)


def _custom(handler, **properties):
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{handler.name}"
    return {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn, **properties}}}


def test_a_custom_resource_is_created_updated_replaced_and_deleted(stack, custom_handler):
    outputs = {
        "Ref": {"Ref": "Thing"},
        "Plain": {"Fn::GetAtt": ["Thing", "plain"]},
        "Deep": {"Fn::GetAtt": ["Thing", "deep.er"]},
        "Flag": {"Fn::GetAtt": ["Thing", "flag"]},
        "First": {"Fn::Select": [0, {"Fn::GetAtt": ["Thing", "list"]}]},
    }
    created = stack.create(_custom(custom_handler, Id="one", Number=1, On=True, Nested={"a": [2]}), outputs)
    assert created == {"Ref": "one", "Plain": "p", "Deep": "1", "Flag": "true", "First": "x"}
    stack.update(_custom(custom_handler, Id="one", Number=2))
    assert stack.update(_custom(custom_handler, Id="two", Number=3), outputs)["Ref"] == "two"
    stack.delete()

    events = [e for e in custom_handler.invoke({"read": True})[0] if stack.name in e["StackId"]]
    assert [(e["RequestType"], e.get("PhysicalResourceId")) for e in events] == [
        ("Create", None),
        ("Update", "one"),
        ("Update", "one"),
        ("Delete", "one"),
        ("Delete", "two"),
    ]
    create, update = events[:2]
    assert create["ResourceType"] == "Custom::Thing" and create["LogicalResourceId"] == "Thing"
    properties = {k: v for k, v in create["ResourceProperties"].items() if k != "ServiceToken"}
    assert properties == {"Id": "one", "Number": "1", "On": "true", "Nested": {"a": ["2"]}}
    assert update["OldResourceProperties"]["Number"] == "1"
    assert update["ResourceProperties"]["Number"] == "2"


@pytest.mark.parametrize(
    ("answer", "reason"), [("fail", "the handler says no"), ("throw", "Error: before it answered")]
)
def test_a_custom_resources_failure_is_the_stacks_reason(stack, custom_handler, answer, reason):
    with pytest.raises(AssertionError, match=reason):
        stack.create(_custom(custom_handler, Id="x", Answer=answer))


def test_elastic_ips_and_security_group_rules_are_created_and_deleted(stack, localstack):
    def group():
        return {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}},
        }

    resources = {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
        "A": group(),
        "B": group(),
        "In": {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["A", "GroupId"]},
                "SourceSecurityGroupId": {"Fn::GetAtt": ["B", "GroupId"]},
                "IpProtocol": "tcp",
                "FromPort": 5432,
                "ToPort": 5432,
                "Description": "from B",
            },
        },
        "Out": {
            "Type": "AWS::EC2::SecurityGroupEgress",
            "Properties": {
                "GroupId": {"Fn::GetAtt": ["B", "GroupId"]},
                "CidrIp": "10.0.0.0/8",
                "IpProtocol": "tcp",
                "FromPort": 9092,
                "ToPort": 9092,
            },
        },
        "Ip": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
    }
    outputs = stack.create(
        resources,
        {
            "A": {"Fn::GetAtt": ["A", "GroupId"]},
            "B": {"Fn::GetAtt": ["B", "GroupId"]},
            "Allocation": {"Fn::GetAtt": ["Ip", "AllocationId"]},
        },
    )
    ec2 = localstack.client("ec2")
    [a] = ec2.describe_security_groups(GroupIds=[outputs["A"]])["SecurityGroups"]
    [rule] = a["IpPermissions"]
    assert (rule["FromPort"], rule["UserIdGroupPairs"][0]["GroupId"]) == (5432, outputs["B"])
    [b] = ec2.describe_security_groups(GroupIds=[outputs["B"]])["SecurityGroups"]
    assert any(rule.get("FromPort") == 9092 for rule in b["IpPermissionsEgress"])
    assert ec2.describe_addresses(AllocationIds=[outputs["Allocation"]])["Addresses"]
    stack.delete()
    assert outputs["Allocation"] not in [a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]]


def test_the_route_lists_the_supported_resource_types(localstack):
    supported = localstack.get("/_isobar/resource-types")["supported"]
    assert {"AWS::S3::Bucket", "AWS::MSK::Topic", "AWS::RDS::DBInstance"} <= set(supported)
    assert "AWS::EMR::Cluster" not in supported


def test_a_stack_may_contain_skipped_types_but_no_unknown_types(stack, localstack):
    unknown = {"Job": {"Type": "AWS::EMR::Cluster", "Properties": {"Name": "r"}}}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": stack.name}}
    stack.client.create_stack(
        StackName=stack.name, TemplateBody=_template({**unknown, "Bucket": bucket}, None)
    )
    failed = wait_for(
        lambda: [
            s
            for s in stack.client.describe_stacks()["Stacks"]
            if s["StackName"] == stack.name and s["StackStatus"].endswith("FAILED")
        ]
    )
    assert "AWS::EMR::Cluster" in failed[0].get("StackStatusReason", "")
    assert stack.name not in [b["Name"] for b in localstack.client("s3").list_buckets()["Buckets"]]

    skipped = {"Source": {"Type": "AWS::QuickSight::DataSource", "Properties": {}}}
    second = Stack(localstack)
    second.create({**skipped, "Bucket": bucket})
    second.delete()


def test_the_url_of_an_api_in_a_template_is_answered(stack):
    api, stage = {"Ref": "Api"}, "live"
    method = {"HttpMethod": "GET", "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]}, "RestApiId": api}
    answer = {"statusCode": 200}
    host = "${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
    outputs = stack.create(
        {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": stack.name}},
            "Method": {
                "Type": "AWS::ApiGateway::Method",
                "Properties": {
                    **method,
                    "AuthorizationType": "NONE",
                    "Integration": {
                        "Type": "MOCK",
                        "IntegrationResponses": [{"StatusCode": "200"}],
                        "RequestTemplates": {"application/json": json.dumps(answer)},
                    },
                    "MethodResponses": [{"StatusCode": "200"}],
                },
            },
            "Deployment": {
                "Type": "AWS::ApiGateway::Deployment",
                "DependsOn": "Method",
                "Properties": {"RestApiId": api, "StageName": stage},
            },
        },
        {"Url": {"Fn::Sub": f"https://{host}/{stage}/"}},
    )
    with urllib.request.urlopen(outputs["Url"], timeout=10) as response:
        assert response.status == 200
