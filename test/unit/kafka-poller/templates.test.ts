import { expect, test } from '@jest/globals';
import type { Aws } from '../../../localstack/kafka-poller/aws.ts';
import { listMappingsOfTemplates } from '../../../localstack/kafka-poller/templates.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
const GROUP = '${AWS::StackName}-${Stage}';
const STREAMING = { Resources: { Cluster: { Type: 'AWS::MSK::Cluster', Properties: {} } } };
const WEATHER = {
  Resources: {
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    FromMsk: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        EventSourceArn: { 'Fn::ImportValue': 'cluster-arn' },
        Topics: ['weather-data'],
        BatchSize: 500,
        AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: { 'Fn::Sub': GROUP } },
      },
    },
    SelfManaged: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { 'Fn::GetAtt': ['Function', 'Arn'] },
        SelfManagedEventSource: {
          Endpoints: { KafkaBootstrapServers: { 'Fn::Split': [',', { Ref: 'Brokers' }] } },
        },
        Topics: ['a'],
        StartingPosition: 'LATEST',
        Enabled: false,
      },
    },
    FromQueue: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { FunctionName: { Ref: 'Function' }, EventSourceArn: 'arn:aws:sqs:us-east-1:1:q' },
    },
  },
};

const escaped = (value: object) =>
  JSON.stringify(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
const stack = (name: string, parameters = '', status = 'UPDATE_COMPLETE') =>
  `<member><StackName>${name}</StackName><StackId>arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1</StackId>` +
  `<Parameters>${parameters}</Parameters><StackStatus>${status}</StackStatus></member>`;
const parameter = (key: string, value: string) =>
  `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`;

/** CloudFormation with these stacks, one a page. */
const cloudFormation: Aws = async ({ body }) => {
  const asked = new URLSearchParams(String(body));
  const answers: { [action: string]: () => string } = {
    ListExports: () =>
      '<Exports><member><Name>cluster-arn</Name><Value>arn:aws:kafka:us-east-1:1:cluster/c/1</Value></member></Exports>',
    DescribeStacks: () =>
      asked.has('NextToken')
        ? `<Stacks>${stack('weather', parameter('Stage', 'dev') + parameter('Brokers', 'b1:9092,b2:9092'))}` +
          `${stack('gone', '', 'DELETE_COMPLETE')}</Stacks>`
        : `<Stacks>${stack('streaming')}</Stacks><NextToken>2</NextToken>`,
    GetTemplate: () =>
      `<TemplateBody>${escaped(asked.get('StackName') === 'weather' ? WEATHER : STREAMING)}</TemplateBody>`,
    DescribeStackResources: () =>
      '<StackResources><member><LogicalResourceId>Function</LogicalResourceId>' +
      '<PhysicalResourceId>isobar-dev-sink</PhysicalResourceId></member></StackResources>',
  };
  const answer = answers[asked.get('Action') ?? ''];
  return answer
    ? { status: 200, headers: {}, body: Buffer.from(answer()) }
    : { status: 400, headers: {}, body: Buffer.alloc(0) };
};

test('the Kafka mappings of deployed templates are found, with their references resolved', async () => {
  const mappings = await listMappingsOfTemplates(cloudFormation, 'us-east-1');
  expect(mappings).toMatchObject([
    {
      functionArn: 'isobar-dev-sink',
      state: 'polled',
      source: { clusterArn: 'arn:aws:kafka:us-east-1:1:cluster/c/1' },
      topics: ['weather-data'],
      consumerGroup: 'weather-dev',
      batchSize: 500,
    },
    {
      functionArn: 'isobar-dev-sink',
      state: 'idle',
      source: { brokers: ['b1:9092', 'b2:9092'] },
      startingPosition: 'LATEST',
    },
  ]);
});

test('a mapping without a consumer group has the same one each time', async () => {
  const groups = async () =>
    (await listMappingsOfTemplates(cloudFormation, 'us-east-1')).map(({ consumerGroup }) => consumerGroup);
  expect(await groups()).toEqual(await groups());
});
