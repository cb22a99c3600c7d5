import { expect, test } from '@jest/globals';
import type { Aws } from '../../../../localstack/kafka-poller/aws.ts';
import { createTemplateReader, type OnSkipped } from '../../../../localstack/kafka-poller/templates.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
const GROUP = '${AWS::StackName}-${Stage}';
const STREAMING = { Resources: { Cluster: { Type: 'AWS::MSK::Cluster', Properties: {} } } };
const WEATHER = {
  Parameters: { Servers: { Type: 'CommaDelimitedList' } },
  Resources: {
    Function: { Type: 'AWS::Lambda::Function', Properties: {} },
    FromMsk: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        EventSourceArn: { 'Fn::ImportValue': 'cluster-arn' },
        Topics: [{ 'Fn::GetStackOutput': { StackName: 'streaming', OutputName: 'Topic' } }],
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
    FromList: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        FunctionName: { Ref: 'Function' },
        SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: { Ref: 'Servers' } } },
        Topics: [{ 'Fn::Select': [1, ['a', 'b']] }],
        FilterCriteria: { Ref: 'AWS::NoValue' },
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
const stack = (name: string, parameters = '', status = 'UPDATE_COMPLETE', outputs = '') =>
  `<member><StackName>${name}</StackName><StackId>arn:aws:cloudformation:us-east-1:123456789012:stack/${name}/1</StackId>` +
  `<Parameters>${parameters}</Parameters><Outputs>${outputs}</Outputs><StackStatus>${status}</StackStatus></member>`;
const parameter = (key: string, value: string) =>
  `<member><ParameterKey>${key}</ParameterKey><ParameterValue>${value}</ParameterValue></member>`;
const output = (key: string, value: string) =>
  `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`;

/** A CloudFormation API with these stacks, one per page. */
const cloudFormation: Aws = async ({ body }) => {
  const asked = new URLSearchParams(String(body));
  const answers: { [action: string]: () => string } = {
    ListExports: () =>
      '<Exports><member><Name>cluster-arn</Name><Value>arn:aws:kafka:us-east-1:1:cluster/c/1</Value></member></Exports>',
    DescribeStacks: () =>
      asked.has('NextToken')
        ? `<Stacks>${stack('weather', parameter('Stage', 'dev') + parameter('Brokers', 'b1:9092,b2:9092') + parameter('Servers', 'b3:9092,b4:9092'))}` +
          `${stack('gone', '', 'DELETE_COMPLETE')}</Stacks>`
        : `<Stacks>${stack('streaming', '', 'CREATE_COMPLETE', output('Topic', 'weather-data'))}</Stacks><NextToken>2</NextToken>`,
    GetTemplate: () =>
      `<TemplateBody>${escaped(asked.get('StackName') === 'weather' ? WEATHER : STREAMING)}</TemplateBody>`,
    ListStackResources: () =>
      asked.has('NextToken')
        ? '<StackResourceSummaries><member><LogicalResourceId>Function</LogicalResourceId>' +
          '<PhysicalResourceId>isobar-dev-sink</PhysicalResourceId></member></StackResourceSummaries>'
        : '<StackResourceSummaries><member><LogicalResourceId>Other</LogicalResourceId>' +
          '<PhysicalResourceId>other</PhysicalResourceId></member></StackResourceSummaries><NextToken>2</NextToken>',
  };
  const answer = answers[asked.get('Action') ?? ''];
  return answer
    ? { status: 200, headers: {}, body: Buffer.from(answer()) }
    : { status: 400, headers: {}, body: Buffer.alloc(0) };
};

const never: OnSkipped = (skipped) => {
  throw new Error(JSON.stringify(skipped));
};

test('the Kafka mappings of deployed templates are found, with their references resolved', async () => {
  const mappings = await createTemplateReader(cloudFormation, 'us-east-1', never)();
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
    { source: { brokers: ['b3:9092', 'b4:9092'] }, topics: ['b'], filters: [] },
  ]);
});

test('a mapping without a consumer group gets the same group at each reading', async () => {
  const groups = async () =>
    (await createTemplateReader(cloudFormation, 'us-east-1', never)()).map(
      ({ consumerGroup }) => consumerGroup,
    );
  expect(await groups()).toEqual(await groups());
});

test('a stack is read again only when it has changed', async () => {
  let status = 'CREATE_COMPLETE';
  const read: string[] = [];
  const watched: Aws = async (request) => {
    const asked = new URLSearchParams(String(request.body));
    if (asked.get('Action') === 'GetTemplate') read.push(asked.get('StackName') ?? '');
    if (asked.get('Action') !== 'DescribeStacks') return cloudFormation(request);
    const stacks = `<Stacks>${stack('streaming', '', status)}${stack('weather', parameter('Servers', 'b:9092'))}</Stacks>`;
    return { status: 200, headers: {}, body: Buffer.from(stacks) };
  };
  const list = createTemplateReader(watched, 'us-east-1', () => undefined);
  const first = await list();
  expect(await list()).toEqual(first);
  expect(read).toEqual(['streaming', 'weather']);
  status = 'UPDATE_COMPLETE';
  await list();
  expect(read).toEqual(['streaming', 'weather', 'streaming']);
});

test('a template or mapping that cannot be read is reported with a reason, and the others are found', async () => {
  const { FromMsk } = WEATHER.Resources;
  const conditional = {
    ...FromMsk,
    Properties: { ...FromMsk.Properties, Topics: { 'Fn::If': ['x', ['a'], ['b']] } },
  };
  const nowhere = { ...FromMsk, Properties: { FunctionName: { Ref: 'Function' }, Topics: ['a'] } };
  const bodies: { [stack: string]: string } = {
    streaming:
      'Resources:\n  Mapping:\n    Type: AWS::Lambda::EventSourceMapping\n    Properties:\n      Topics: [a]',
    weather: escaped({ Resources: { Conditional: conditional, Nowhere: nowhere, FromMsk } }),
  };
  const withOthers: Aws = async (request) => {
    const asked = new URLSearchParams(String(request.body));
    if (asked.get('Action') !== 'GetTemplate') return cloudFormation(request);
    const body = `<TemplateBody>${bodies[asked.get('StackName') ?? '']}</TemplateBody>`;
    return { status: 200, headers: {}, body: Buffer.from(body) };
  };
  const skipped: Parameters<OnSkipped>[0][] = [];
  const mappings = await createTemplateReader(withOthers, 'us-east-1', (one) => skipped.push(one))();
  expect(mappings.map(({ topics }) => topics)).toEqual([['weather-data']]);
  expect(skipped).toEqual([
    { stack: 'streaming', reason: 'its template is not JSON; deploy it as JSON' },
    {
      stack: 'weather',
      logicalId: 'Conditional',
      reason: 'Fn::If is not supported in event source mappings',
    },
    { stack: 'weather', logicalId: 'Nowhere', reason: 'it names neither a cluster nor brokers' },
  ]);
});
