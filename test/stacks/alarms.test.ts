import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { allOfType, type Located, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const alarms = allOfType(templates, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

/** The alarms whose description links to this chapter of the runbook. */
const alarmsOn = (chapter: string) =>
  alarms.filter(({ AlarmDescription }) => AlarmDescription === `docs/runbook.md#${chapter}`);

const watchedBy = (chapter: string, metric?: string): string[] =>
  alarmsOn(chapter)
    .filter(({ MetricName }) => metric === undefined || MetricName === metric)
    .flatMap(({ Dimensions }) => Dimensions.map(({ Value }: { Value: unknown }) => text(Value)))
    .sort();

const references = (resources: readonly Located[], attribute = ''): string[] =>
  resources.map(({ id }) => `<${id}${attribute}>`).sort();

/** Goes off at the first value above 0 in one period; no data means that nothing happened. */
const once = {
  Threshold: 0,
  ComparisonOperator: 'GreaterThanThreshold',
  EvaluationPeriods: 1,
  TreatMissingData: 'notBreaching',
};
/** Goes off when three of the last five minutes are above 0. */
const threeOfFive = { ...once, EvaluationPeriods: 5, DatapointsToAlarm: 3, Period: 60 };

test.each<[string, object]>([
  ['function-errors', { ...threeOfFive, Namespace: 'AWS/Lambda', MetricName: 'Errors', Statistic: 'Sum' }],
  [
    'consumer-lag',
    {
      ...once,
      Threshold: stages.prod.kafka.lagAlarmRecords,
      EvaluationPeriods: 5,
      Period: 60,
      Namespace: 'AWS/Lambda',
      MetricName: 'OffsetLag',
      Statistic: 'Maximum',
    },
  ],
  [
    'failed-batches',
    {
      ...once,
      Period: 300,
      Namespace: 'AWS/Lambda',
      MetricName: 'OnFailureDestinationDeliveredEventCount',
      Statistic: 'Sum',
    },
  ],
  [
    'dead-letters',
    {
      ...once,
      Period: 60,
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Statistic: 'Maximum',
    },
  ],
  ['workflow-failures', { ...once, Period: 300, Namespace: 'AWS/States', Statistic: 'Sum' }],
  [
    'rule-failed',
    {
      ...once,
      EvaluationPeriods: 5,
      Namespace: 'AWS/Events',
      MetricName: 'FailedInvocations',
      Statistic: 'Sum',
    },
  ],
  ['api-errors', { ...threeOfFive, Namespace: 'AWS/ApiGateway', MetricName: '5XXError', Statistic: 'Sum' }],
  [
    'model-refused',
    { ...once, Period: 60, Namespace: 'Isobar', MetricName: 'ModelRefusals', Statistic: 'Sum' },
  ],
  [
    'fraud-drift',
    {
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 0,
      EvaluationPeriods: 5,
      Period: 600,
      Namespace: 'Isobar',
      Statistic: 'Minimum',
      TreatMissingData: 'notBreaching',
    },
  ],
  [
    'fraud-quality',
    { ...once, Period: 3_600, Namespace: 'Isobar', Statistic: 'Maximum', MetricName: 'PrecisionFallen' },
  ],
  [
    'fraud-quality',
    { ...once, Period: 3_600, Namespace: 'Isobar', Statistic: 'Maximum', MetricName: 'RecallFallen' },
  ],
  [
    'dead-job',
    {
      ComparisonOperator: 'LessThanThreshold',
      Threshold: 1,
      EvaluationPeriods: 5,
      Period: 300,
      Namespace: 'AWS/Lambda',
      MetricName: 'Invocations',
      Statistic: 'Sum',
      TreatMissingData: 'breaching',
    },
  ],
])('every alarm on %s watches its metric, with its threshold and periods', (chapter, expected) => {
  expect(alarmsOn(chapter).length).toBeGreaterThan(0);
  const { MetricName } = expected as { MetricName?: string };
  for (const alarm of alarmsOn(chapter).filter((each) => [each.MetricName, undefined].includes(MetricName))) {
    expect(alarm).toMatchObject(expected);
    expect(alarm.ActionsEnabled ?? true).toBe(true);
    expect(alarm.DatapointsToAlarm).toBe((expected as { DatapointsToAlarm?: number }).DatapointsToAlarm);
  }
});

test('every function has an alarm on its errors', () => {
  const functions = allOfType(templates, 'AWS::Lambda::Function').filter(
    ({ Properties }) => Properties.FunctionName !== undefined,
  );
  expect(watchedBy('function-errors')).toEqual(references(functions));
});

test('every Kafka consumer has an alarm on its lag and one on the batches it gave up', () => {
  const mappings = allOfType(templates, 'AWS::Lambda::EventSourceMapping').filter(
    ({ Properties }) => Properties.Topics !== undefined,
  );
  const functions = mappings.map(({ Properties }) => text(Properties.FunctionName)).sort();
  expect(mappings).toHaveLength(5);
  expect(watchedBy('consumer-lag', 'OffsetLag')).toEqual(functions);
  expect(watchedBy('failed-batches', 'OnFailureDestinationDeliveredEventCount')).toEqual(
    references(mappings),
  );
  // Without a destination that takes it, a batch is lost, and the metric above stays silent.
  expect(watchedBy('failed-batches', 'DroppedEventCount')).toEqual(references(mappings));
  expect(watchedBy('failed-batches', 'DestinationDeliveryFailures')).toEqual(functions);
});

test('every dead letter queue has an alarm on its first message', () => {
  const dead = allOfType(templates, 'AWS::SQS::Queue').filter(({ Properties }) =>
    Properties.QueueName.endsWith('-dead'),
  );
  expect(watchedBy('dead-letters')).toEqual(references(dead, '.QueueName'));
});

test('every state machine has an alarm on executions that fail and one on those that time out', () => {
  const machines = allOfType(templates, 'AWS::StepFunctions::StateMachine').flatMap(({ id }) => [
    `<${id}> ExecutionsFailed`,
    `<${id}> ExecutionsTimedOut`,
  ]);
  const watched = alarmsOn('workflow-failures').map(
    ({ Dimensions: [dimension], MetricName }) => `${text(dimension.Value)} ${MetricName}`,
  );
  expect(watched.sort()).toEqual(machines.sort());
});

test('every alarm has a name that the rule to Slack matches', () => {
  for (const { AlarmName } of alarms) expect(AlarmName).toMatch(/^isobar-prod-/);
});

/** A limit above or below which an alarm goes off after so many minutes. */
const limit = (MetricName: string, ComparisonOperator: string, Threshold: number, minutes: number) => {
  return { MetricName, ComparisonOperator, Threshold, minutes };
};
const above = 'GreaterThanThreshold';
const below = 'LessThanThreshold';
const { database, alerting } = stages.prod;

test.each([
  ['database-storage', limit('FreeStorageSpace', below, 0.1 * database.storageGib * 1024 ** 3, 15)],
  ['database-cpu', limit('CPUUtilization', above, 80, 15)],
  ['database-connections', limit('DatabaseConnections', above, 0.8 * database.maxConnections, 15)],
  ['kafka-offline-partitions', limit('OfflinePartitionsCount', above, 0, 2)],
  ['kafka-active-controller', limit('ActiveControllerCount', below, 1, 5)],
  ['kafka-disk-3', limit('KafkaDataLogsDiskUsed', above, 80, 15)],
  ['kafka-under-min-isr-1', limit('UnderMinIsrPartitionCount', above, 0, 5)],
  ['api-latency', limit('Latency', above, alerting.scoreSeconds * 1_000, 5)],
  ['land-observations-lag-time', limit('EstimatedMaxTimeLag', above, alerting.lagSeconds, 5)],
  ['incoming-files-age', limit('ApproximateAgeOfOldestMessage', above, alerting.queueSeconds, 15)],
  ['land-observations-near-timeout', limit('Duration', above, 108_000, 3)],
  ['land-observations-throttles', limit('Throttles', above, 0, 5)],
])('the alarm %s goes off at its limit', (name, { minutes, ...expected }) => {
  const [alarm, ...others] = alarms.filter(({ AlarmName }) => AlarmName === `isobar-prod-${name}`);
  expect(others).toEqual([]);
  expect(alarm).toMatchObject({ ...expected, TreatMissingData: 'notBreaching' });
  expect((alarm.EvaluationPeriods * alarm.Period) / 60).toBe(minutes);
});

test('a consumer whose lag is not reported any more raises an alarm', () => {
  const missing = alarmsOn('consumer-missing');
  expect(missing).toHaveLength(5);
  for (const alarm of missing)
    expect(alarm).toMatchObject({
      MetricName: 'OffsetLag',
      ComparisonOperator: below,
      Threshold: 1,
      Statistic: 'SampleCount',
      TreatMissingData: 'breaching',
    });
});

test('every function has alarms on throttles and on its timeout, and every work queue one on its age', () => {
  const functions = allOfType(templates, 'AWS::Lambda::Function').flatMap(
    ({ Properties }) => Properties.FunctionName ?? [],
  );
  const queues = allOfType(templates, 'AWS::SQS::Queue').flatMap(({ Properties }) =>
    Properties.QueueName.endsWith('-dead') ? [] : Properties.QueueName,
  );
  expect(watchedBy('throttles')).toEqual(functions.sort());
  expect(watchedBy('near-timeout')).toEqual(functions.sort());
  expect(watchedBy('queue-age')).toEqual(queues.sort());
});

test('every alarm tells the topic when it goes on and when it is over, beside Slack', () => {
  const [topic] = allOfType(templates, 'AWS::SNS::Topic');
  expect(topic?.Properties.TopicName).toBe('isobar-prod-alarms');
  for (const { AlarmActions, OKActions } of alarms) {
    expect(text(AlarmActions)).toMatch(/arn:aws:sns:us-east-1:.*:isobar-prod-alarms/);
    expect(OKActions).toEqual(AlarmActions);
  }
});

test('every rule of EventBridge has an alarm: what it does not start fails nowhere else', () => {
  const rules = allOfType(templates, 'AWS::Events::Rule').map(({ Properties }) => Properties.Name);
  expect(rules.length).toBeGreaterThan(8);
  expect(watchedBy('rule-failed')).toEqual(rules.sort());
});

test('CloudWatch and RDS of this account may publish to the topic, and subscribers of the config get it', () => {
  const config = {
    ...stages.prod,
    alerting: { ...alerting, subscribers: ['ops@example.com', 'https://pager.example.com/x'] },
  };
  const own = templatesOf(config);
  const policies = allOfType(own, 'AWS::SNS::TopicPolicy').map(({ Properties }) => text(Properties));
  for (const service of ['cloudwatch', 'events.rds'])
    expect(policies.join()).toContain(`${service}.amazonaws.com`);
  // Managed Prometheus reads the topic before it publishes.
  expect(policies.join()).toMatch(/sns:GetTopicAttributes, sns:Publish[^}]*aps\.amazonaws\.com/);
  expect(
    allOfType(own, 'AWS::SNS::Subscription').map(({ Properties }) => [
      Properties.Protocol,
      Properties.Endpoint,
    ]),
  ).toEqual([
    ['email', 'ops@example.com'],
    ['https', 'https://pager.example.com/x'],
  ]);
});
