import { expect, test } from '@jest/globals';
import { isSensorRound } from '../../lambdas/errors/notify-slack/notices.ts';
import { stages } from '../../lib/config.ts';
import { startMinute } from '../../lib/constructs/nightly-start.ts';
import { definitionOf, leadsTo, parametersOf, rightsOfMachine, statesOf } from './state-machines.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';
import type { Resource } from './template-text.ts';

const { Weather: weather, Fraud: fraud, Workflows: workflows } = templatesOf(stages.prod);
if (!weather || !fraud || !workflows) throw new Error('The app has no workflows.');

const machines = [workflows, fraud].flatMap((template) =>
  resourcesOfType(template, 'AWS::StepFunctions::StateMachine').map(({ Properties }: Resource) => ({
    name: Properties.StateMachineName.replace('isobar-prod-', '') as string,
    template,
    Properties,
  })),
);

const sensor = statesOf(workflows, 'sensor');
const sensorStarter = statesOf(workflows, 'sensor-starter');
const daily = statesOf(workflows, 'daily');
const dailyStarter = statesOf(workflows, 'daily-starter');

test.each(machines)('$name retries each task and catches the error that stays', ({ name, template }) => {
  const tasks = Object.values(statesOf(template, name)).filter(({ Type }) => Type === 'Task');
  expect(tasks.length).toBeGreaterThan(0);
  for (const { Retry = [], Catch = [] } of tasks) {
    expect(Retry.some(({ MaxAttempts }) => MaxAttempts > 0)).toBe(true);
    expect(Catch.length).toBeGreaterThan(0);
  }
});

test.each(machines)('$name logs every event without its data, and is traced', ({ Properties }) => {
  expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
  expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
});

test('every state machine ends within its timeout', () => {
  const timeouts = machines.map(({ name, template }) => [name, definitionOf(template, name).TimeoutSeconds]);
  expect(Object.fromEntries(timeouts)).toEqual({
    sensor: 3_600,
    'sensor-starter': 300,
    daily: 6 * 3_600,
    'daily-starter': 900,
    evaluation: 1_800,
    'evaluation-starter': 300,
    retraining: 6 * 3_600,
  });
});

test('the sensor may invoke one function, its starter may start one machine, and neither may do more', () => {
  const rights = ['sensor', 'sensor-starter'].flatMap((name) => rightsOfMachine(workflows, name));
  expect(rights.map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction', 'states:StartExecution']);
  expect(JSON.stringify(rights)).not.toContain('*');
  expect(rights[1]?.Resource).toEqual({ Ref: expect.stringContaining('SensorWatch') });
});

test('the sensor starts once an hour, since its execution is named for the hour', () => {
  const hour = "States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, ':'), 0)";
  expect(sensorStarter.StartThisHour).toMatchObject({
    Parameters: { 'Name.$': hour, Input: { 'endsAt.$': `States.Format('{}:59', ${hour})` } },
    Retry: [
      { ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], MaxAttempts: 0 },
      { ErrorEquals: ['States.TaskFailed'] },
    ],
    Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'HourIsTaken' }],
  });
});

test('the sensor goes on when Slack cannot be reached, and fails when that is so in its last round', () => {
  expect(sensor.TellSlack?.Catch).toEqual([
    { ErrorEquals: ['States.ALL'], ResultPath: '$.last', Next: 'Wait' },
  ]);
  expect(sensor.LastRoundWentWell).toMatchObject({
    Choices: [{ Variable: '$.last.Error', IsPresent: true, Next: 'CannotTellSlack' }],
    Default: 'HourIsOver',
  });
});

test('a round of the sensor tells notify-slack who calls, so that a sensor that stops is seen', () => {
  const { Payload } = parametersOf(sensor).TellSlack as { Payload: unknown };
  expect(isSensorRound(Payload)).toBe(true);
  for (const nudge of [{}, { Records: [] }]) expect(isSensorRound(nudge)).toBe(false);
});

test('the sensor ends before the next one starts', () => {
  expect(sensor.WithinTheHour).toMatchObject({
    Choices: [{ Variable: '$$.State.EnteredTime', StringLessThanPath: '$.endsAt', Next: 'TellSlack' }],
  });
});

// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
test.each(Object.values(stages))(
  'an hour of the sensor stays within 25,000 events in stage $stage',
  ({ sensor: { pollSeconds } }) => {
    // Choice, task and wait: entered and exited. Each attempt of the task: scheduled, started and ended.
    const eventsPerRound = 2 + 2 + 2 + 3 * 3;
    expect((3_600 / pollSeconds) * eventsPerRound).toBeLessThan(25_000);
  },
);

test('the daily workflow starts once a night for each due day, since its name holds both', () => {
  expect(dailyStarter.FindDueDays).toMatchObject({
    Parameters: { 'startedAt.$': '$$.Execution.StartTime' },
    Next: 'StartDays',
  });
  const name = "States.Format('{}-on-{}', $$.Map.Item.Value, States.ArrayGetItem(";
  expect(dailyStarter.StartDays).toMatchObject({
    ItemsPath: '$.days',
    MaxConcurrency: 1,
    ItemSelector: { 'name.$': expect.stringContaining(name), 'day.$': '$$.Map.Item.Value' },
    ItemProcessor: {
      States: {
        StartDay: {
          Parameters: { 'Name.$': '$.name', Input: { 'day.$': '$.day' } },
          Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'DayIsTaken' }],
        },
      },
    },
  });
});

test('the starter of the daily workflow may find the days and start the workflow, and may do no more', () => {
  const rights = rightsOfMachine(workflows, 'daily-starter');
  expect(rights.map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction', 'states:StartExecution']);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test.each(Object.values(stages))(
  'in stage $stage the daily workflow starts within the grace period for silent locations and outlasts it',
  ({ daily: { graceMinutes, waitMinutes } }) => {
    expect(graceMinutes).toBeGreaterThan(startMinute);
    expect(graceMinutes).toBeLessThan(startMinute + waitMinutes);
  },
);

test('the daily workflow publishes a day only after every check before it', () => {
  expect(leadsTo(daily, 'PublishPartitions')).toEqual(['LoadSummary']);
  expect(leadsTo(daily, 'LoadSummary')).toEqual(['IsGood']);
  expect(leadsTo(daily, 'IsGood')).toEqual(['CheckQuality']);
  expect(leadsTo(daily, 'CheckQuality')).toEqual(['Summarize']);
  expect(leadsTo(daily, 'Summarize')).toEqual(['IsComplete']);
  expect(daily.IsGood).toMatchObject({
    Choices: [{ Variable: '$.quality.passed', BooleanEquals: true, Next: 'LoadSummary' }],
  });
  expect(daily.IsComplete).toMatchObject({
    Choices: [
      { Variable: '$.check.status', StringEquals: 'complete', Next: 'Summarize' },
      { Variable: '$.check.status', StringEquals: 'waiting', Next: 'WaitForTheDay' },
    ],
  });
  expect(daily.WaitForTheDay).toMatchObject({ SecondsPath: '$.check.pollSeconds', Next: 'CheckDay' });
});

test('the daily workflow reports every failure of a day', () => {
  for (const name of ['CheckDay', 'Summarize', 'CheckQuality', 'LoadSummary', 'PublishPartitions'])
    expect(daily[name]?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Report' },
    ]);
  expect(daily.IsComplete).toMatchObject({ Default: 'Report' });
  expect(daily.IsGood).toMatchObject({ Default: 'Report' });
});

test('the daily workflow tells Slack how a day ended, and is a failure unless the day was published', () => {
  expect(daily.Report).toMatchObject({
    ResultPath: '$.message',
    Next: 'TellSlack',
    Catch: [{ ErrorEquals: ['States.ALL'], Next: 'CannotReport' }],
  });
  expect(daily.TellSlack).toMatchObject({
    Next: 'Published',
    Catch: [{ ErrorEquals: ['States.ALL'], ResultPath: '$.told', Next: 'Published' }],
  });
  expect(daily.Published).toMatchObject({
    Choices: [
      {
        And: [
          { Variable: '$.loaded', IsPresent: true },
          { Variable: '$.failure', IsPresent: false },
        ],
        Next: 'Done',
      },
    ],
    Default: 'NotPublished',
  });
});

test('each task of the daily workflow is given what its function reads', () => {
  const run = { 'day.$': '$.check.day', 'runId.$': '$.check.runId' };
  const execution = { 'executionId.$': '$$.Execution.Id', 'startedAt.$': '$$.Execution.StartTime' };
  expect(parametersOf(daily)).toEqual({
    Begin: { 'given.$': '$', ...execution, check: {} },
    CheckDay: {
      'given.$': '$.given',
      'executionId.$': '$.executionId',
      'startedAt.$': '$.startedAt',
      'lastCheck.$': '$.check',
    },
    Summarize: {
      JobName: 'isobar-prod-daily-summary',
      Arguments: {
        '--day.$': '$.check.day',
        '--run-id.$': '$.check.runId',
        '--ingest-dates.$': '$.check.ingestDates',
        '--alert-counts.$': '$.check.alertCounts',
        '--versions.$': '$.check.versions',
      },
    },
    CheckQuality: { ...run, 'rows.$': '$.check.rows' },
    LoadSummary: { ...run, 'superseded.$': '$.check.superseded', 'report.$': '$.quality.report' },
    PublishPartitions: { 'day.$': '$.check.day' },
    ExpireRuns: { 'day.$': '$.check.day' },
    Report: undefined,
    TellSlack: {},
  });
});

test('the daily workflow may invoke its functions and run its job, and may do no more', () => {
  const rights = rightsOfMachine(workflows, 'daily');
  expect(rights.map(({ Action }) => Action)).toEqual([
    'lambda:InvokeFunction',
    ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
  ]);
  expect(JSON.stringify(rights)).not.toContain('*');
});

test('only publish-day may move partitions, and only those of its two tables', () => {
  const moving = resourcesOfType(workflows, 'AWS::IAM::Policy').filter(({ Properties }) =>
    JSON.stringify(Properties.PolicyDocument).includes('glue:UpdatePartition'),
  );
  expect(moving.map(({ Properties }) => Properties.Roles)).toEqual([
    [{ Ref: expect.stringContaining('DailyPublishDayRole') }],
  ]);
  const tables = JSON.stringify(moving).matchAll(/:(table\/[^"]+)"/g);
  expect([...tables].map(([, table]) => table)).toEqual([
    'table/isobar_prod/curated_observations',
    'table/isobar_prod/daily_weather',
  ]);
});

test('only the Spark job and expire-superseded-runs may delete objects, and only those of daily runs', () => {
  const removed = resourcesOfType(workflows, 'AWS::IAM::Policy')
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('s3:Delete'))
    .map(({ Resource: resource }) => /"\/([\w/-]+)\*"/.exec(JSON.stringify(resource))?.[1]);
  expect(removed.sort()).toEqual(['curated/observations/', 'curated/observations/', 'daily/', 'daily/']);
});

test('a day stays published when the files of its earlier runs cannot be removed', () => {
  expect(daily.ExpireRuns?.Catch).toEqual([
    { ErrorEquals: ['States.ALL'], ResultPath: '$.expired', Next: 'Report' },
  ]);
});

test.each([
  ['daily-summary', workflows, 3],
  ['train-fraud-model', fraud, 1],
] as const)(
  'the Spark job %s runs on Glue 5.1, leaves retries to its workflow and ends after 2 hours',
  (name, template, runs) => {
    const job = resourcesOfType(template, 'AWS::Glue::Job').find(
      ({ Properties }) => Properties.Name === `isobar-prod-${name}`,
    );
    expect(job?.Properties).toMatchObject({
      GlueVersion: '5.1',
      Command: { Name: 'glueetl', PythonVersion: '3' },
      MaxRetries: 0,
      Timeout: 120,
      ExecutionProperty: { MaxConcurrentRuns: runs },
      DefaultArguments: { '--lake': expect.anything() },
    });
  },
);

test.each([
  ['Summarize', daily],
  ['Train', statesOf(fraud, 'retraining')],
] as const)('%s waits half an hour for its turn, and runs a failed job once more', (name, states) => {
  expect(states[name]?.Retry).toEqual([
    {
      ErrorEquals: ['Glue.ConcurrentRunsExceededException'],
      IntervalSeconds: 30,
      MaxAttempts: 60,
      BackoffRate: 1,
    },
    { ErrorEquals: ['States.TaskFailed'], IntervalSeconds: 10, MaxAttempts: 1 },
  ]);
});

test('Slack hears of alarms that go on or off and of workflows that fail, and not of new alarms', () => {
  const patterns = resourcesOfType(weather, 'AWS::Events::Rule').map(
    ({ Properties }) => Properties.EventPattern,
  );
  expect(patterns).toMatchObject([
    {
      source: ['aws.cloudwatch'],
      detail: {
        alarmName: [{ prefix: 'isobar-prod-' }],
        $or: [
          { state: { value: ['ALARM'] } },
          { state: { value: ['OK'] }, previousState: { value: ['ALARM'] } },
        ],
      },
    },
    { source: ['aws.states'], detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'] } },
  ]);
});
