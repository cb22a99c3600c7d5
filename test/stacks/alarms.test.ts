import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { allOfType, jsonOf, type Located, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = jsonOf(templatesOf(stages.prod));
const text = textIn(templates);
const alarms = allOfType(templates, 'AWS::CloudWatch::Alarm').map(({ Properties }) => Properties);

/** The alarms whose description links to this chapter of the runbook. */
const alarmsOn = (chapter: string) =>
  alarms.filter(({ AlarmDescription }) => AlarmDescription === `docs/runbook.md#${chapter}`);

const watchedBy = (chapter: string): string[] =>
  alarmsOn(chapter)
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
  ['api-errors', { ...threeOfFive, Namespace: 'AWS/ApiGateway', MetricName: '5XXError', Statistic: 'Sum' }],
  [
    'model-refused',
    { ...once, Period: 60, Namespace: 'Isobar', MetricName: 'ModelRefusals', Statistic: 'Sum' },
  ],
])('every alarm on %s watches its metric, with its threshold and periods', (chapter, expected) => {
  expect(alarmsOn(chapter).length).toBeGreaterThan(0);
  for (const alarm of alarmsOn(chapter)) {
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
  expect(watchedBy('consumer-lag')).toEqual(functions);
  expect(watchedBy('failed-batches')).toEqual(references(mappings));
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
