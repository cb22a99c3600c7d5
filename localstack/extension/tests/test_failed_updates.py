"""Stacks whose update fails: they are rolled back, and what was before still works."""

import json
import subprocess
import sys

import pytest
from conftest import ASK_OFTEN, unique, wait_for

_ROLE = "arn:aws:iam::000000000000:role/any"
_ANSWERS_THE_VERSION = "exports.handler = async () => process.env.V;"
# Refuses version 2.
_HANDLER = """const http = require('node:http');
exports.handler = async (event) => {
  const { V } = event.ResourceProperties;
  const refused = event.RequestType === 'Update' && V === '2';
  const body = JSON.stringify({ ...event, Status: refused ? 'FAILED' : 'SUCCESS', Reason: 'said no',
    PhysicalResourceId: 'pid', Data: { V } });
  console.log(event.RequestType, V);
  await new Promise((resolve, reject) => {
    const options = { method: 'PUT', headers: { 'content-length': body.length } };
    http.request(event.ResponseURL, options, (answer) => answer.resume().on('end', resolve))
      .on('error', reject).end(body);
  });
};"""


def _function(name, code=_ANSWERS_THE_VERSION, runtime="nodejs24.x", **variables):
    properties = {
        "FunctionName": name,
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": _ROLE,
        "Code": {"ZipFile": code},
        "Environment": {"Variables": variables},
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def _queue(name, seconds):
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name, "VisibilityTimeout": seconds}}


# Comes last, and cannot be created.
_BROKEN = {"Type": "AWS::Lambda::Alias", "DependsOn": ["Function"], "Properties": {
    "FunctionName": {"Ref": "Function"}, "Name": "live", "FunctionVersion": "77"}}  # fmt: skip


class Stack:
    def __init__(self, localstack):
        self.name = unique("update")
        self.client = localstack.client("cloudformation")

    def create(self, **resources) -> None:
        self.client.create_stack(StackName=self.name, TemplateBody=_template(resources))
        self.client.get_waiter("stack_create_complete").wait(StackName=self.name, WaiterConfig=ASK_OFTEN)

    def update(self, **resources) -> str:
        """Returns the status that the update ends in."""
        self.client.update_stack(StackName=self.name, TemplateBody=_template(resources))
        return wait_for(lambda: (status := self.status()) and not status.endswith("_IN_PROGRESS") and status)

    def status(self) -> str:
        return self.client.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]

    def events(self, name: str) -> list[tuple[str, str]]:
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return [
            (event["ResourceStatus"], event.get("ResourceStatusReason", ""))
            for event in reversed(events)
            if event["LogicalResourceId"] == name
        ]

    def resources(self) -> dict[str, str]:
        found = self.client.describe_stack_resources(StackName=self.name)["StackResources"]
        return {each["LogicalResourceId"]: each["ResourceStatus"] for each in found}


def _template(resources) -> str:
    return json.dumps({"Resources": resources})


@pytest.fixture
def stack(localstack):
    created = Stack(localstack)
    yield created
    created.client.delete_stack(StackName=created.name)


def _visibility(localstack, name) -> str:
    sqs = localstack.client("sqs")
    url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"][
        "VisibilityTimeout"
    ]


def _invoke(localstack, name):
    return json.loads(localstack.client("lambda").invoke(FunctionName=name)["Payload"].read())


def test_a_failed_update_gives_every_changed_resource_its_former_properties(stack, localstack):
    name = stack.name
    stack.create(Function=_function(name, V="1"), Queue=_queue(name, 10))
    changed = {"Function": _function(name, V="2"), "Queue": _queue(name, 20)}
    assert stack.update(**changed, Alias={**_BROKEN, "DependsOn": ["Function", "Queue"]}) == (
        "UPDATE_ROLLBACK_COMPLETE"
    )
    assert _invoke(localstack, name) == "1"
    assert _visibility(localstack, name) == "10"
    assert stack.resources() == {"Function": "UPDATE_COMPLETE", "Queue": "UPDATE_COMPLETE"}
    statuses = [status for status, _ in stack.events(name)]
    assert statuses[-3:] == [
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert ("UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to update: [Alias].") in (
        stack.events(name)
    )
    # The next update starts from what is.
    assert stack.update(**changed) == "UPDATE_COMPLETE"
    assert _invoke(localstack, name) == "2"
    assert _visibility(localstack, name) == "20"


def test_a_custom_resource_that_refuses_an_update_gets_its_former_properties_again(stack, localstack):
    name = stack.name

    def resources(version):
        properties = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}, "V": version}
        return {
            "Function": _function(name, _HANDLER),
            "Custom": {"Type": "Custom::Own", "Properties": properties},
            "Queue": {**_queue(name, 10 * int(version)), "DependsOn": ["Custom"]},
        }

    stack.create(**resources("1"))
    assert stack.update(**resources("2")) == "UPDATE_ROLLBACK_COMPLETE"
    assert [status for status, _ in stack.events("Custom")] == [
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_FAILED",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE",
    ]
    assert "said no" in dict(stack.events("Custom"))["UPDATE_FAILED"]
    assert _visibility(localstack, name) == "10"
    logs = localstack.client("logs")
    told = wait_for(lambda: (lines := _lines(logs, name))[2:] and lines)
    assert told == ["Create 1", "Update 2", "Update 1"]
    assert stack.update(**resources("3")) == "UPDATE_COMPLETE"
    assert _visibility(localstack, name) == "30"


def _lines(logs, name) -> list[str]:
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{name}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    texts = [event["message"].strip().split("\t")[-1] for event in events]
    return [text for text in texts if text.split(" ")[0] in ("Create", "Update")]


def test_the_reason_of_a_refused_update_is_the_services_own(stack, localstack):
    stack.create(Function=_function(stack.name, V="1"))
    refused = _function(stack.name, V="2", AWS_REGION="eu-west-1")
    assert stack.update(Function=refused) == "UPDATE_ROLLBACK_COMPLETE"
    reason = dict(stack.events("Function"))["UPDATE_FAILED"]
    assert reason.endswith("Reserved keys used in this request: AWS_REGION")
    assert _invoke(localstack, stack.name) == "1"


def test_a_failed_update_keeps_what_it_would_replace_or_remove_and_deletes_what_it_made(stack, localstack):
    sqs = localstack.client("sqs")
    names = {which: f"{stack.name}-{which}" for which in ("kept", "removed", "other", "new")}
    stack.create(
        Function=_function(stack.name), Kept=_queue(names["kept"], 10), Removed=_queue(names["removed"], 10)
    )
    broken = {**_BROKEN, "DependsOn": ["Function", "Kept", "New"]}
    assert stack.update(
        Function=_function(stack.name),
        Kept=_queue(names["other"], 10),  # another name replaces the queue
        New=_queue(names["new"], 10),
        Alias=broken,
    ) == ("UPDATE_ROLLBACK_COMPLETE")
    queues = {url.rsplit("/", 1)[1] for url in sqs.list_queues(QueueNamePrefix=stack.name)["QueueUrls"]}
    assert queues == {names["kept"], names["removed"]}
    assert sorted(stack.resources()) == ["Function", "Kept", "Removed"]


def test_a_change_set_that_fails_rolls_back_and_the_next_one_is_an_update(stack):
    stack.create(Function=_function(stack.name, V="1"))

    def execute(version: str, **further) -> str:
        change_set = unique("change")
        template = _template({"Function": _function(stack.name, V=version), **further})
        stack.client.create_change_set(
            StackName=stack.name, ChangeSetName=change_set, ChangeSetType="UPDATE", TemplateBody=template
        )
        before = stack.status()
        stack.client.get_waiter("change_set_create_complete").wait(
            StackName=stack.name, ChangeSetName=change_set, WaiterConfig=ASK_OFTEN
        )
        assert not before.endswith("IN_PROGRESS")
        stack.client.execute_change_set(StackName=stack.name, ChangeSetName=change_set)
        return wait_for(lambda: (now := stack.status()) and not now.endswith("_IN_PROGRESS") and now)

    assert execute("2", Alias=_BROKEN) == "UPDATE_ROLLBACK_COMPLETE"
    assert execute("3") == "UPDATE_COMPLETE"


# The command line of AWS, which otherwise waits 30 s before it looks at the stack again.
_IMPATIENT_AWS = """
import sys, time
sleep = time.sleep
time.sleep = lambda seconds: sleep(min(seconds, 0.5))
from awscli.clidriver import main
sys.exit(main())
"""


def test_aws_cloudformation_deploy_returns_with_the_failure(stack, localstack, tmp_path):
    def deploy(**changes) -> subprocess.CompletedProcess:
        template = tmp_path / "template.json"
        template.write_text(_template({"Function": _function(stack.name, **changes)}))
        command = ["-c", _IMPATIENT_AWS, "cloudformation", "deploy", "--stack-name", stack.name]
        return subprocess.run(
            [sys.executable, *command, "--template-file", str(template)],
            env={
                "PATH": "/usr/bin:/bin",
                "AWS_ENDPOINT_URL": localstack.url,
                "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
            },
            capture_output=True,
            text=True,
            timeout=120,
        )

    assert deploy(V="1").returncode == 0
    failed = deploy(runtime="java21")
    assert failed.returncode != 0
    assert "Failed to create/update the stack" in failed.stderr
    assert deploy(V="3").returncode == 0
