"""The handlers that the CDK itself adds to an app, Python and Node.js, deployed by the CDK's own command."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import wait_for

_REPOSITORY = Path(__file__).resolve().parents[3]
_NODE = str(_REPOSITORY / "node_modules" / ".bin" / "node")
_ASSETS = "cdk-hnb659fds-assets-000000000000-us-east-1"

# What a stranger's app has: nothing of it is made for the local AWS.
_APP = """import { createRequire } from 'node:module';
const require = createRequire(process.env.REPOSITORY + '/package.json');
const { App, CfnOutput, RemovalPolicy, Stack } = require('aws-cdk-lib');
const s3 = require('aws-cdk-lib/aws-s3');
const { Code, Function, Runtime } = require('aws-cdk-lib/aws-lambda');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { BucketDeployment, Source } = require('aws-cdk-lib/aws-s3-deployment');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const { AwsCustomResource, AwsCustomResourcePolicy, PhysicalResourceId } =
  require('aws-cdk-lib/custom-resources');
const { RetentionDays } = require('aws-cdk-lib/aws-logs');

const stack = new Stack(new App(), 'stock', { env: { account: '000000000000', region: 'us-east-1' } });
const bucket = new s3.Bucket(stack, 'Bucket', {
  removalPolicy: RemovalPolicy.DESTROY,
  autoDeleteObjects: true,
});
const queue = new Queue(stack, 'Queue');
bucket.addEventNotification(s3.EventType.OBJECT_CREATED, new SqsDestination(queue));
new BucketDeployment(stack, 'Deployment', {
  sources: [Source.asset('site'), Source.data('greeting.txt', `for ${queue.queueName}`)],
  destinationBucket: bucket,
  destinationKeyPrefix: 'site',
});
const greet = new Function(stack, 'Greet', {
  runtime: Runtime.PYTHON_3_13,
  handler: 'index.handler',
  code: Code.fromInline("def handler(event, context): return 'hello'"),
  logRetention: RetentionDays.ONE_WEEK,
});
new AwsCustomResource(stack, 'Call', {
  onUpdate: {
    service: 'SSM',
    action: 'putParameter',
    parameters: { Name: 'stock-parameter', Type: 'String', Value: 'was called', Overwrite: true },
    physicalResourceId: PhysicalResourceId.of('stock-parameter'),
  },
  policy: AwsCustomResourcePolicy.fromSdkCalls({ resources: AwsCustomResourcePolicy.ANY_RESOURCE }),
  installLatestAwsSdk: false,
});
new CfnOutput(stack, 'BucketName', { value: bucket.bucketName });
new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
new CfnOutput(stack, 'QueueName', { value: queue.queueName });
new CfnOutput(stack, 'FunctionName', { value: greet.functionName });
"""


@pytest.fixture
def cdk(localstack, tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("<h1>hello</h1>")
    (tmp_path / "app.mjs").write_text(_APP)
    localstack.client("s3").create_bucket(Bucket=_ASSETS)
    version = {"Name": "/cdk-bootstrap/hnb659fds/version", "Type": "String", "Value": "30"}
    localstack.client("ssm").put_parameter(**version)

    def run(*arguments: str) -> None:
        command = [_NODE, str(_REPOSITORY / "node_modules" / "aws-cdk" / "bin" / "cdk"), *arguments]
        done = subprocess.run(
            [*command, "--app", f"{_NODE} app.mjs"],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(tmp_path),
                "REPOSITORY": str(_REPOSITORY),
                "AWS_ENDPOINT_URL": localstack.url,
                "AWS_ACCESS_KEY_ID": "test",
                "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_REGION": "us-east-1",
                "CDK_DISABLE_CLI_TELEMETRY": "1",
                # The check against CloudFormation's schemas takes longer than the rest.
                "CDK_VALIDATION": "false",
            },
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_the_handlers_of_the_cdk_do_their_work(cdk, localstack, lambda_client, tmp_path):
    cdk("deploy", "--require-approval", "never", "--outputs-file", "outputs.json")
    outputs = json.loads((tmp_path / "outputs.json").read_text())["stock"]
    bucket, function = outputs["BucketName"], outputs["FunctionName"]
    s3, sqs = localstack.client("s3"), localstack.client("sqs")

    # BucketDeployment: Python, with the AWS CLI from a layer.
    def content(key: str) -> str:
        return s3.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

    assert content("site/index.html") == "<h1>hello</h1>"
    assert content("site/greeting.txt") == f"for {outputs['QueueName']}"
    assert s3.head_object(Bucket=bucket, Key="site/index.html")["ContentType"] == "text/html"

    # Notifications of a bucket: Python.
    def notified() -> bool:
        messages = sqs.receive_message(QueueUrl=outputs["QueueUrl"], MaxNumberOfMessages=10).get(
            "Messages", []
        )
        return any("later.txt" in message["Body"] for message in messages)

    s3.put_object(Bucket=bucket, Key="later.txt", Body=b"x")
    wait_for(notified, within_s=60)

    # LogRetention and AwsCustomResource: Node.js.
    [group] = localstack.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{function}")[
        "logGroups"
    ]
    assert group["retentionInDays"] == 7
    parameter = localstack.client("ssm").get_parameter(Name="stock-parameter")["Parameter"]
    assert parameter["Value"] == "was called"
    assert json.loads(lambda_client.invoke(FunctionName=function)["Payload"].read()) == "hello"

    # The deletion empties the bucket, which CloudFormation could not delete otherwise.
    cdk("destroy", "--force")
    assert bucket not in [each["Name"] for each in s3.list_buckets()["Buckets"]]
