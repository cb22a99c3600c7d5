import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { ManagedKafkaEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { type EndpointWithoutMappings, startEndpointWithoutMappings } from './endpoint-without-mappings.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { createStacks } from './stacks.ts';
import { texts } from './stage.ts';

const stacks = createStacks();

let cluster: Cluster;
let endpoint: EndpointWithoutMappings;
let poller: PollerProcess | undefined;

beforeAll(async () => {
  cluster = await connectCluster();
});
afterAll(() => cluster?.close());
beforeEach(async () => {
  endpoint = await startEndpointWithoutMappings(stacks.endpointUrl);
});
afterEach(async () => {
  // Stopped in order, because it shares consumer groups with other deployed stacks.
  await poller?.stop('SIGTERM');
  await endpoint.close();
  await stacks.deleteAll();
});

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

test('the mapping of a CDK stack is read from its template, and its records are delivered', async () => {
  const topic = await topicWith('a');
  const clusterArn = await stacks.mskClusterArn();
  const stack = new Stack(new App(), 'Templates');
  new LambdaFunction(stack, 'Sink', {
    runtime: Runtime.NODEJS_LATEST,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = async () => null;'),
    events: [
      new ManagedKafkaEventSource({ clusterArn, topic, startingPosition: StartingPosition.TRIM_HORIZON }),
    ],
  });
  await stacks.deploy(cluster.newName('templates'), Template.fromStack(stack).toJSON());
  poller = await startPoller(endpoint.url, '--from-templates');
  const invoke = await untilInvokedWith(topic, 'a');
  expect(invoke?.event).toMatchObject({ eventSource: 'aws:kafka', eventSourceArn: clusterArn });
});

test('the MSK and SelfManagedKafka events of a SAM function in YAML are read, and their records delivered', async () => {
  const [fromMsk, fromBrokers] = [await topicWith('a'), await topicWith('b')];
  await stacks.deploy(
    cluster.newName('templates'),
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
    { Brokers: cluster.brokers.join(), Cluster: await stacks.mskClusterArn() },
  );
  poller = await startPoller(endpoint.url, '--from-templates');
  const managed = await untilInvokedWith(fromMsk, 'a');
  const selfManaged = await untilInvokedWith(fromBrokers, 'b');
  expect(managed?.event.eventSource).toBe('aws:kafka');
  expect(selfManaged?.event.eventSource).toBe('SelfManagedKafka');
  expect(poller.lines.filter(({ event }) => event === 'mapping-skipped')).toEqual([]);
});
