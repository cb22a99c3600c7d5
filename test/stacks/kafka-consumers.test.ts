import { expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { stages } from '../../lib/config.ts';
import { allOfType, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);

const mappings = allOfType(templates, 'AWS::Lambda::EventSourceMapping').filter(
  ({ Properties }) => Properties.Topics !== undefined,
);

const consumers = (
  [
    ['land-observations', topics.weatherData, 10_000, stages.prod.lake.landingWindowSeconds],
    ['watch-weather', topics.weatherData, 10_000, stages.prod.kafka.alertWindowSeconds],
    ['retry-observations', topics.retryData, 1_000, stages.prod.kafka.alertWindowSeconds],
    ['record-errors', topics.errorData, 1_000, stages.prod.lake.landingWindowSeconds],
    ['monitor-transactions', topics.transactions, 5_000, 1],
  ] as const
).map(([folder, topic, batchSize, windowS]) => {
  const lambda = allOfType(templates, 'AWS::Lambda::Function').find(
    ({ Properties }) => Properties.FunctionName === `isobar-prod-${folder}`,
  );
  const mapping = mappings.find(({ Properties }) => text(Properties.FunctionName) === `<${lambda?.id}>`);
  if (lambda === undefined || mapping === undefined) throw new Error(`${folder} has no mapping from Kafka.`);
  return { folder, topic, batchSize, windowS, lambda, mapping };
});

test.each([...consumers.map(({ folder }) => folder), 'record-failed-batches'])(
  '%s has the configured epochs of all topics',
  (folder) => {
    const raised = { ...stages.prod.kafka.topicEpochs, weatherData: 3 };
    const config = { ...stages.prod, kafka: { ...stages.prod.kafka, topicEpochs: raised } };
    const [found] = allOfType(templatesOf(config), 'AWS::Lambda::Function').filter(
      ({ Properties }) => Properties.FunctionName === `isobar-prod-${folder}`,
    );
    expect(found?.Properties.Environment.Variables.TOPIC_EPOCHS).toBe(
      'weather-data=3,retry-data=0,error-data=0,transactions=0',
    );
  },
);

/** `<action> <cluster | topic/name | group/name>` of each Kafka right in the policies of a role. */
function kafkaRightsOf(roleId: string): string[] {
  return allOfType(templates, 'AWS::IAM::Policy')
    .filter(({ Properties }) => text(Properties.Roles) === `<${roleId}>`)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action, Resource: resource }) =>
      [Action].flat().map((action) => `${action} ${kafkaName(text(resource))}`),
    )
    .filter((right) => right.startsWith('kafka'));
}

function kafkaName(arn: string): string {
  const [, kind, name] = /:(topic|group)\/.+>\/([\w-]+)$/.exec(arn) ?? [];
  return kind === undefined ? 'cluster' : `${kind}/${name}`;
}

test('every mapping from Kafka belongs to one of the consumers below', () => {
  expect(mappings.map(({ id }) => id).sort()).toEqual(consumers.map(({ mapping }) => mapping.id).sort());
});

test.each(consumers)(
  '$folder reads its topic from the beginning, in a consumer group of its own name',
  ({ folder, topic, mapping: { Properties } }) => {
    expect(Properties).toMatchObject({
      Topics: [topic.name],
      StartingPosition: 'TRIM_HORIZON',
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: folder },
    });
  },
);

test.each(consumers)(
  '$folder takes at most $batchSize records at a time and waits at most $windowS s for them',
  ({ batchSize, windowS, mapping: { Properties } }) => {
    expect(Properties).toMatchObject({ BatchSize: batchSize, MaximumBatchingWindowInSeconds: windowS });
  },
);

test.each(consumers)(
  '$folder shares its pollers with the others and has no more of them than its topic has partitions',
  ({ topic, mapping: { Properties } }) => {
    expect(Properties.ProvisionedPollerConfig.PollerGroupName).toBe('isobar-prod');
    expect(Properties.ProvisionedPollerConfig.MaximumPollers).toBeLessThanOrEqual(topic.partitions);
  },
);

test.each(consumers)(
  '$folder holds its offset while a dependency is down, and puts a batch it gave up into the lake',
  ({ topic, mapping: { Properties } }) => {
    expect(Properties).toMatchObject({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 10_000 });
    expect(text(Properties.DestinationConfig.OnFailure.Destination)).toMatch(
      /^<Storage\.LakeBucket\w+\.Arn>$/,
    );
    expect(Properties.MaximumRecordAgeInSeconds * 1000).toBeLessThan(topic.retentionMs);
  },
);

test.each(consumers)('$folder is polled, and counts the events that its alarm watches', ({ mapping }) => {
  expect(mapping.Properties.Enabled ?? true).toBe(true);
  // OnFailureDestinationDeliveredEventCount is in the first group, MaxOffsetLag in the second.
  expect(mapping.Properties.MetricsConfig.Metrics).toEqual(['EventCount', 'KafkaMetrics']);
});

test.each(consumers)("$folder stays within Lambda's limits for Kafka", ({ lambda, mapping }) => {
  expect(lambda.Properties.Timeout).toBeLessThanOrEqual(14 * 60);
  expect(mapping.Properties.BatchSize).toBeLessThanOrEqual(10_000);
});

test.each(consumers)(
  '$folder may join its own consumer group and read its own topic, and no other',
  ({ folder, topic, lambda }) => {
    const granted = kafkaRightsOf(lambda.Properties.Role['Fn::GetAtt'][0]);
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
    expect(granted.filter((right) => /ReadData|AlterGroup/.test(right))).toHaveLength(2);
  },
);

test.each(consumers)(
  'the mapping of $folder is created after the rights of its role, which Lambda checks at once',
  ({ lambda, mapping }) => {
    const roleId: string = lambda.Properties.Role['Fn::GetAtt'][0];
    const policies = allOfType(templates, 'AWS::IAM::Policy').filter(
      ({ Properties }) => text(Properties.Roles) === `<${roleId}>`,
    );
    expect(policies.length).toBeGreaterThan(0);
    expect(mapping.DependsOn).toEqual(expect.arrayContaining([roleId, ...policies.map(({ id }) => id)]));
  },
);

test('only the functions that produce records may write to a topic, each to its own topics', () => {
  const writers = allOfType(templates, 'AWS::Lambda::Function').flatMap(({ Properties }) => {
    const written = kafkaRightsOf(Properties.Role['Fn::GetAtt'][0])
      .filter((right) => right.startsWith('kafka-cluster:WriteData'))
      .map((right) => right.replace('kafka-cluster:WriteData topic/', ''));
    const name: string = Properties.FunctionName ?? '';
    return written.length === 0 ? [] : [[name.replace('isobar-prod-', ''), written.sort()]];
  });
  expect(Object.fromEntries(writers)).toEqual({
    'ingest-observations': ['error-data', 'weather-data'],
    'land-observations': ['error-data'],
    'watch-weather': ['retry-data'],
    'retry-observations': ['error-data'],
    'return-observations': ['weather-data'],
    'score-transaction': ['transactions'],
    'monitor-transactions': ['error-data'],
    'record-labels': ['error-data'],
  });
});
