import { describe, expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { stages } from '../../lib/config.ts';
import { type Resource, resourcesOf, resourcesOfType, templatesOf, weatherFolders } from './synthesized.ts';

const { Weather: weather } = templatesOf(stages.prod);
if (weather === undefined) throw new Error('The app has no weather stack.');

const mappings = resourcesOfType(weather, 'AWS::Lambda::EventSourceMapping');
const kafkaMappings = mappings.filter(({ Properties }) => Properties.Topics !== undefined);

const functionNamed = (name: string) => {
  const found = Object.entries(resourcesOf(weather)).find(
    ([, { Properties }]) => Properties?.FunctionName === name,
  );
  if (found === undefined) throw new Error(`The stack has no function ${name}.`);
  return found;
};

test('there is one function for each folder of lambdas/, named for it', () => {
  const names = resourcesOfType(weather, 'AWS::Lambda::Function').map(
    ({ Properties }) => Properties.FunctionName,
  );
  expect(names.filter(Boolean).sort()).toEqual(weatherFolders.map((folder) => `isobar-prod-${folder}`));
});

test('an outage of the brokers of half a day leaves no retry in the dead letter queue', () => {
  const queues = resourcesOfType(weather, 'AWS::SQS::Queue');
  const retries = queues.find(({ Properties }) => Properties.QueueName === 'isobar-prod-retries');
  const { RedrivePolicy, VisibilityTimeout } = retries?.Properties ?? {};
  expect(RedrivePolicy.maxReceiveCount * VisibilityTimeout).toBeGreaterThan(12 * 3_600);
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html, `maxReceiveCount`
  expect(RedrivePolicy.maxReceiveCount).toBeLessThanOrEqual(1_000);
});

describe.each([
  ['land-observations', topics.weatherData],
  ['watch-weather', topics.weatherData],
  ['retry-observations', topics.retryData],
  ['record-errors', topics.errorData],
])('%s', (folder, topic) => {
  const [functionId, { Properties: lambda }] = functionNamed(`isobar-prod-${folder}`);
  const mapping = kafkaMappings.find(
    ({ Properties }) => Properties.FunctionName.Ref === functionId,
  )?.Properties;

  test('reads its topic from the beginning, in a consumer group of its own name', () => {
    expect(mapping).toMatchObject({
      Topics: [topic.name],
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: folder },
    });
  });

  test('shares its pollers with the others and has no more of them than its topic has partitions', () => {
    expect(mapping.ProvisionedPollerConfig.PollerGroupName).toBe('isobar-prod');
    expect(mapping.ProvisionedPollerConfig.MaximumPollers).toBeLessThanOrEqual(topic.partitions);
  });

  test('holds its offset while a dependency is down, and puts what never succeeds into the lake', () => {
    expect(mapping).toMatchObject({
      BisectBatchOnFunctionError: true,
      MaximumRetryAttempts: 10_000,
      DestinationConfig: { OnFailure: { Destination: expect.anything() } },
    });
    expect(mapping.MaximumRecordAgeInSeconds * 1000).toBeLessThan(topic.retentionMs);
  });

  test('stays within the limits of Lambda for Kafka', () => {
    expect(lambda.Timeout).toBeLessThanOrEqual(14 * 60);
    expect(mapping.BatchSize).toBeLessThanOrEqual(10_000);
  });

  test('may join its own group and read its own topic', () => {
    const granted = rightsOf(functionId);
    expect(granted).toEqual(
      expect.arrayContaining([
        'kafka:DescribeClusterV2 cluster',
        'kafka:GetBootstrapBrokers cluster',
        'kafka-cluster:Connect cluster',
        'kafka-cluster:DescribeClusterDynamicConfiguration cluster',
        `kafka-cluster:ReadData topic/${topic.name}`,
        `kafka-cluster:DescribeTopic topic/${topic.name}`,
        `kafka-cluster:DescribeGroup group/${folder}`,
        `kafka-cluster:AlterGroup group/${folder}`,
      ]),
    );
    expect(granted.filter((right) => right.startsWith('kafka-cluster:ReadData'))).toHaveLength(1);
  });
});

/** `<action> <cluster | topic/name | group/name>` of the Kafka rights in a function's role. */
function rightsOf(functionId: string): string[] {
  const resources = resourcesOf(weather as NonNullable<typeof weather>);
  const roleId = resources[functionId]?.Properties.Role['Fn::GetAtt'][0];
  const policies = Object.values(resources).filter(
    ({ Type, Properties }) => Type === 'AWS::IAM::Policy' && Properties.Roles[0].Ref === roleId,
  );
  return policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource: resource }) =>
      [Action].flat().map((action) => `${action} ${kafkaName(resource)}`),
    )
    .filter((right) => right.startsWith('kafka'));
}

const kafkaName = (resource: unknown): string => {
  const suffix = /"(?::(topic|group)\/)".*"\/([\w-]+)"/.exec(JSON.stringify(resource));
  return suffix ? `${suffix[1]}/${suffix[2]}` : 'cluster';
};

test('only the functions that produce may write to a topic', () => {
  const writers = weatherFolders.filter((folder) =>
    rightsOf(functionNamed(`isobar-prod-${folder}`)[0]).some((right) =>
      right.startsWith('kafka-cluster:WriteData'),
    ),
  );
  expect(writers).toEqual([
    'ingest-observations',
    'land-observations',
    'retry-observations',
    'return-observations',
    'watch-weather',
  ]);
});

test('failed batches are handed in by the consumers, and read by the function that records them', () => {
  const statements = resourcesOfType(weather, 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Resource: resource }) => JSON.stringify(resource).includes('/aws/lambda/*'));
  expect(statements.map(({ Action }) => Action)).toEqual([...Array(4).fill('s3:PutObject'), 's3:GetObject']);
});

test('only what lands and what is rejected is written to the lake, each below its own prefix', () => {
  const written = resourcesOfType(weather, 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => [Action].flat().includes('s3:PutObject'))
    .map(({ Resource: resource }) => /"\/([\w/-]+)\*"/.exec(JSON.stringify(resource))?.[1]);
  expect([...new Set(written)].sort()).toEqual(['aws/lambda/', 'errors/', 'raw/observations/']);
});

test('no function may delete a file, but for what attempts left of the batches that Lambda gave up', () => {
  const deleting = resourcesOfType(weather, 'AWS::IAM::Policy').flatMap(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Action }: { Action: string | string[] }) =>
      /s3:Delete|s3:\*/.test(String(Action)),
    ).map(({ Action, Resource }: { Action: unknown; Resource: { 'Fn::Join': [string, unknown[]] } }) => ({
      role: Properties.PolicyName,
      Action,
      under: Resource['Fn::Join'][1].at(-1),
    })),
  );
  const role = expect.stringMatching(/^RecordFailedBatchesRole/);
  expect(deleting).toEqual([
    { role, Action: 's3:DeleteObject', under: '/raw/observations/*' },
    { role, Action: 's3:DeleteObject', under: '/errors/*' },
  ]);
});

test('the tables are there before anything that needs them runs, on the first deploy and on every later one', () => {
  const needTables = weatherFolders.filter((folder) => folder !== 'migrate-database');
  const waiting = (resource: Resource) => [resource.DependsOn ?? []].flat().includes('Migrations');
  for (const folder of needTables)
    expect([folder, waiting(functionNamed(`isobar-prod-${folder}`)[1])]).toEqual([folder, true]);
  expect(mappings.every(waiting)).toBe(true);
});

test('a file is ingested by itself, and a failure returns only its own message to the queue', () => {
  const [ingestId] = functionNamed('isobar-prod-ingest-observations');
  const mapping = mappings.find(({ Properties }) => Properties.FunctionName.Ref === ingestId);
  expect(mapping?.Properties).toMatchObject({
    BatchSize: 1,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
  });
});

test('a batch that is handed in is announced to the function that records it', () => {
  const [recordId, { Properties: record }] = functionNamed('isobar-prod-record-failed-batches');
  const mapping = mappings.find(({ Properties }) => Properties.FunctionName.Ref === recordId);
  expect(mapping?.Properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
  expect(record.Timeout).toBeLessThanOrEqual(60);
});

test('a retried record waits in a queue, and a failure returns only its own message to it', () => {
  const [returnId] = functionNamed('isobar-prod-return-observations');
  const mapping = mappings.find(({ Properties }) => Properties.FunctionName.Ref === returnId);
  expect(mapping?.Properties).toMatchObject({ FunctionResponseTypes: ['ReportBatchItemFailures'] });
  const [, { Properties: retry }] = functionNamed('isobar-prod-retry-observations');
  const queueId = mapping?.Properties.EventSourceArn['Fn::GetAtt'][0];
  expect(retry.Environment.Variables.RETRY_QUEUE_URL).toEqual({ Ref: queueId });
  expect(Number(retry.Environment.Variables.RETRY_MAX_DELAY_SECONDS)).toBeLessThanOrEqual(900);
});

test('secrets travel as ARNs', () => {
  const variables = resourcesOfType(weather, 'AWS::Lambda::Function').map(
    ({ Properties }) => Properties.Environment,
  );
  expect(JSON.stringify(variables)).not.toMatch(/resolve:secretsmanager|password/i);
});

test('logs do not pile up', () => {
  for (const { Properties } of resourcesOfType(weather, 'AWS::Logs::LogGroup'))
    expect(Properties.RetentionInDays).toBe(90);
});
