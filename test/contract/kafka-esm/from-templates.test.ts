import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { ManagedKafkaEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { createAws } from '../../../localstack/kafka-poller/aws.ts';
import { required } from '../lambdas/test-database.ts';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { type EndpointWithoutMappings, startEndpointWithoutMappings } from './endpoint-without-mappings.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { texts } from './stage.ts';

const endpointUrl = required('ISOBAR_TEST_AWS_ENDPOINT_URL');
const aws = createAws({
  endpoint: new URL(endpointUrl),
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

let cluster: Cluster;
let endpoint: EndpointWithoutMappings;
let poller: PollerProcess | undefined;
let stacks: string[] = [];

beforeAll(async () => {
  cluster = await connectCluster();
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  endpoint = await startEndpointWithoutMappings(endpointUrl);
});
afterEach(async () => {
  // In order, since it shares the consumer groups of whatever else is deployed there.
  await poller?.stop('SIGTERM');
  await endpoint.close();
  for (const StackName of stacks) await cloudFormation('DeleteStack', { StackName });
  stacks = [];
});

async function cloudFormation(action: string, parameters: { [name: string]: string }): Promise<string> {
  const { status, body } = await aws({
    service: 'cloudformation',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(
      new URLSearchParams({ Action: action, Version: '2010-05-15', ...parameters }).toString(),
    ),
    timeoutMs: 30_000,
  });
  if (status !== 200) throw new Error(`${action} answered ${status}: ${body}`);
  return body.toString();
}

async function deploy(template: string | object, parameters: { [name: string]: string } = {}) {
  const StackName = cluster.newName('templates');
  stacks.push(StackName);
  await cloudFormation('CreateStack', {
    StackName,
    TemplateBody: typeof template === 'string' ? template : JSON.stringify(template),
    'Capabilities.member.1': 'CAPABILITY_IAM',
    'Capabilities.member.2': 'CAPABILITY_AUTO_EXPAND',
    ...Object.fromEntries(
      Object.entries(parameters).flatMap(([key, value], i) => [
        [`Parameters.member.${i + 1}.ParameterKey`, key],
        [`Parameters.member.${i + 1}.ParameterValue`, value],
      ]),
    ),
  });
  await eventually(
    () => cloudFormation('DescribeStacks', { StackName }),
    (answer) => {
      if (/<StackStatus>\w*(FAILED|ROLLBACK)\w*</.test(answer)) throw new Error(answer);
      return answer.includes('<StackStatus>CREATE_COMPLETE<');
    },
  );
}

async function mskClusterArn(): Promise<string> {
  const { body } = await aws({ service: 'kafka', method: 'GET', path: '/v1/clusters' });
  return JSON.parse(body.toString()).clusterInfoList[0].clusterArn;
}

const untilInvokedWith = (topic: string, value: string) =>
  eventually(
    () => endpoint.invokes.find(({ event }) => Object.keys(event.records).includes(`${topic}-0`)),
    (found) => found !== undefined,
  ).then((found) => {
    expect(found?.status).toBe(200);
    expect(found && texts(found.event)).toEqual([value]);
    return found;
  });

async function topicWith(value: string): Promise<string> {
  const topic = await cluster.createTopic(1);
  await cluster.produce(topic, 0, [value]);
  return topic;
}

test("a CDK stack's mapping is found in its template, and its records are delivered", async () => {
  const topic = await topicWith('a');
  const clusterArn = await mskClusterArn();
  const stack = new Stack(new App(), 'Templates');
  new LambdaFunction(stack, 'Sink', {
    runtime: Runtime.NODEJS_LATEST,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null;'),
    events: [
      new ManagedKafkaEventSource({ clusterArn, topic, startingPosition: StartingPosition.TRIM_HORIZON }),
    ],
  });
  await deploy(Template.fromStack(stack).toJSON());
  poller = await startPoller(endpoint.url, '--from-templates');
  const invoke = await untilInvokedWith(topic, 'a');
  expect(invoke?.event).toMatchObject({ eventSource: 'aws:kafka', eventSourceArn: clusterArn });
});

test('so are the events of a SAM function, written in YAML: MSK and SelfManagedKafka', async () => {
  const [fromMsk, fromBrokers] = [await topicWith('a'), await topicWith('b')];
  await deploy(
    `
Transform: AWS::Serverless-2016-10-31
Parameters:
  Brokers: { Type: CommaDelimitedList }
  Cluster: { Type: String }
Resources:
  Sink:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: nodejs24.x
      Handler: index.handler
      InlineCode: exports.handler = async () => null;
      Events:
        Managed:
          Type: MSK
          Properties: { Stream: !Ref Cluster, Topics: [${fromMsk}], StartingPosition: TRIM_HORIZON }
        SelfManaged:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: !Ref Brokers
            Topics: [${fromBrokers}]
            StartingPosition: TRIM_HORIZON
            SourceAccessConfigurations:
              - { Type: VPC_SUBNET, URI: 'subnet:subnet-12345' }
              - { Type: VPC_SECURITY_GROUP, URI: 'security_group:sg-12345' }
`,
    { Brokers: cluster.brokers.join(), Cluster: await mskClusterArn() },
  );
  poller = await startPoller(endpoint.url, '--from-templates');
  const managed = await untilInvokedWith(fromMsk, 'a');
  const selfManaged = await untilInvokedWith(fromBrokers, 'b');
  expect(managed?.event.eventSource).toBe('aws:kafka');
  expect(selfManaged?.event.eventSource).toBe('SelfManagedKafka');
  expect(poller.lines.filter(({ event }) => event === 'mapping-skipped')).toEqual([]);
});
