import { describe, expect, test } from '@jest/globals';
import type { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../lib/config.ts';
import { startMinute } from '../../lib/constructs/nightly-start.ts';
import { type Resource, resourcesOf, resourcesOfType, templatesOf } from './synthesized.ts';

const { Weather: weather, Workflows: workflows } = templatesOf(stages.prod);
if (weather === undefined || workflows === undefined) throw new Error('The app has no workflows.');

interface State {
  readonly Type: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly [field: string]: unknown;
}

const machines = resourcesOfType(workflows, 'AWS::StepFunctions::StateMachine');
const nameOf = ({ Properties }: Resource): string => Properties.StateMachineName;
const machineNamed = (name: string) => machines.find((machine) => nameOf(machine) === `isobar-prod-${name}`);

/** The definition with a word in place of what is known at deploy time only. */
function definitionOf(name: string): { TimeoutSeconds: number; States: Record<string, State> } {
  const parts: unknown[] = machineNamed(name)?.Properties.DefinitionString['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'reference')).join(''));
}

const { States: watch, TimeoutSeconds: watchTimeoutS } = definitionOf('sensor');
const { States: start } = definitionOf('sensor-starter');

describe.each(machines.map((machine) => [nameOf(machine), machine] as const))(
  '%s',
  (name, { Properties }) => {
    const states = Object.entries(definitionOf(name.replace('isobar-prod-', '')).States);

    test('tries each task again and catches what stays', () => {
      const tasks = states.filter(([, { Type }]) => Type === 'Task');
      expect(tasks.length).toBeGreaterThan(0);
      for (const [, { Retry = [], Catch = [] }] of tasks) {
        expect(Retry.some(({ MaxAttempts }) => MaxAttempts > 0)).toBe(true);
        expect(Catch.length).toBeGreaterThan(0);
      }
    });

    test('is logged in full, without its data, traced, and not deaf to failures', () => {
      expect(Properties.LoggingConfiguration).toMatchObject({ Level: 'ALL', IncludeExecutionData: false });
      expect(Properties.TracingConfiguration).toEqual({ Enabled: true });
      const alarms = resourcesOfType(workflows, 'AWS::CloudWatch::Alarm').map(
        ({ Properties: alarm }) => alarm,
      );
      for (const suffix of ['failed', 'timed-out'])
        expect(alarms.map(({ AlarmName }) => AlarmName)).toContain(`${name}-${suffix}`);
    });
  },
);

/** What the role of a machine allows, apart from what cannot be narrowed to a resource. */
function rightsOf(machine: string): { Action: unknown; Resource: unknown }[] {
  const [roleId] = machineNamed(machine)?.Properties.RoleArn['Fn::GetAtt'] ?? [];
  const { Policies } = resourcesOf(workflows as Template)[roleId]?.Properties ?? {};
  return Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } }) =>
      PolicyDocument.Statement.filter(({ Resource: resource }) => resource !== '*'),
  );
}

test('the sensor may invoke one function and the starter may start one machine; neither may do anything else', () => {
  const rights = rightsOf('sensor').concat(rightsOf('sensor-starter'));
  expect(rights.map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction', 'states:StartExecution']);
  expect(JSON.stringify(rights)).not.toContain('*');
  expect(rights[1]?.Resource).toEqual({ Ref: expect.stringContaining('SensorWatch') });
});

describe('the sensor', () => {
  test('is started a minute into each hour, under the name of the hour, so that it cannot start twice', () => {
    const rule = resourcesOfType(workflows, 'AWS::Events::Rule').find(
      ({ Properties }) => Properties.Name === 'isobar-prod-sensor',
    );
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: 'cron(1 * * * ? *)',
      Targets: [{ Arn: { Ref: expect.stringContaining('SensorStart') } }],
    });
    expect(start.StartThisHour).toMatchObject({
      Parameters: { 'Name.$': "States.ArrayGetItem(States.StringSplit($$.Execution.StartTime, ':'), 0)" },
      Retry: [
        { ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], MaxAttempts: 0 },
        { ErrorEquals: ['States.TaskFailed'] },
      ],
      Catch: [{ ErrorEquals: ['StepFunctions.ExecutionAlreadyExistsException'], Next: 'HourIsTaken' }],
    });
  });

  test('goes on when Slack cannot be told, and fails if it is so when the hour ends', () => {
    expect(watch.TellSlack?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.last', Next: 'Wait' },
    ]);
    expect(watch.LastRoundWentWell).toMatchObject({
      Choices: [{ Variable: '$.last.Error', IsPresent: true, Next: 'CannotTellSlack' }],
      Default: 'HourIsOver',
    });
  });

  test('is over when the next one starts', () => {
    expect(watchTimeoutS).toBe(3_600);
    expect(watch.WithinTheHour).toMatchObject({
      Choices: [{ Variable: '$$.State.EnteredTime', StringLessThanPath: '$.endsAt', Next: 'TellSlack' }],
    });
  });

  // https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
  test.each(Object.values(stages))('stays within 25,000 events an hour in stage $stage', ({ sensor }) => {
    // Choice, task and wait: entered and exited, 2 each; the task also scheduled, started, ended, 3 for each attempt.
    const eventsPerRound = 2 + 2 + 2 + 3 * 3;
    expect((3_600 / sensor.pollSeconds) * eventsPerRound).toBeLessThan(25_000);
  });
});

describe('the daily workflow', () => {
  const { States: states } = definitionOf('daily');

  const { States: starter } = definitionOf('daily-starter');

  test('is started each night, for each day that is due and under the names of both, so that it cannot start twice', () => {
    const rule = resourcesOfType(workflows, 'AWS::Events::Rule').find(
      ({ Properties }) => Properties.Name === 'isobar-prod-daily',
    );
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: `cron(${startMinute} 0 * * ? *)`,
      State: 'ENABLED',
      Targets: [{ Arn: { Ref: expect.stringContaining('DailyStart') } }],
    });
    expect(starter.FindDueDays).toMatchObject({ Next: 'StartDays' });
    const name = "States.Format('{}-on-{}', $$.Map.Item.Value, States.ArrayGetItem(";
    expect(starter.StartDays).toMatchObject({
      ItemsPath: '$.days',
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

  test('the starter may find the days and start the workflow, and nothing else', () => {
    const rights = rightsOf('daily-starter');
    expect(rights.map(({ Action }) => Action)).toEqual(['lambda:InvokeFunction', 'states:StartExecution']);
    expect(JSON.stringify(rights)).not.toContain('*');
  });

  test.each(Object.values(stages))(
    'still waits for silent locations when it starts in stage $stage, and not to the end of its patience',
    ({ daily }) => {
      expect(daily.graceMinutes).toBeGreaterThan(startMinute);
      expect(daily.graceMinutes).toBeLessThan(startMinute + daily.waitMinutes);
    },
  );

  test('publishes nothing that was not checked', () => {
    const leadsTo = (next: string) =>
      Object.entries(states)
        .filter(([, state]) => JSON.stringify(state).includes(`"Next":"${next}"`))
        .map(([name]) => name);
    expect(leadsTo('PublishPartitions')).toEqual(['LoadSummary']);
    expect(leadsTo('LoadSummary')).toEqual(['IsGood']);
    expect(leadsTo('IsGood')).toEqual(['CheckQuality']);
    expect(leadsTo('CheckQuality')).toEqual(['Summarize']);
    expect(leadsTo('Summarize')).toEqual(['IsComplete']);
  });

  test('reports whatever happens to a day', () => {
    for (const name of ['CheckDay', 'Summarize', 'CheckQuality', 'LoadSummary', 'PublishPartitions'])
      expect(states[name]?.Catch).toEqual([
        { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Report' },
      ]);
    expect(states.IsComplete).toMatchObject({ Default: 'Report' });
    expect(states.IsGood).toMatchObject({ Default: 'Report' });
  });

  test('may invoke its functions and run its job, and nothing else', () => {
    const rights = rightsOf('daily');
    expect(rights.map(({ Action }) => Action)).toEqual([
      'lambda:InvokeFunction',
      ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
    ]);
    expect(JSON.stringify(rights)).not.toContain('*');
  });

  test('partitions are moved by one function, which moves nothing but those of its two tables', () => {
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

  test('only the job and the function for it remove files, and only of runs', () => {
    const removed = resourcesOfType(workflows, 'AWS::IAM::Policy')
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .filter(({ Action }) => JSON.stringify(Action).includes('s3:Delete'))
      .map(({ Resource: resource }) => /"\/([\w/-]+)\*"/.exec(JSON.stringify(resource))?.[1]);
    expect(removed.sort()).toEqual(['curated/observations/', 'curated/observations/', 'daily/', 'daily/']);
  });

  test('a day whose old files cannot be removed is published all the same', () => {
    expect(states.ExpireRuns?.Catch).toEqual([
      { ErrorEquals: ['States.ALL'], ResultPath: '$.expired', Next: 'Report' },
    ]);
  });

  test('runs the script as it is, on the version of Glue whose Spark runs locally', () => {
    const [job] = resourcesOfType(workflows, 'AWS::Glue::Job');
    expect(job?.Properties).toMatchObject({
      GlueVersion: '5.1',
      Command: { Name: 'glueetl', PythonVersion: '3' },
      MaxRetries: 0,
    });
  });
});

test('alarms that go on or are over, and workflows that fail, are sent to Slack; alarms that are new are not', () => {
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
  const alarms = Object.values(templatesOf(stages.prod)).flatMap((template) =>
    resourcesOfType(template, 'AWS::CloudWatch::Alarm'),
  );
  for (const { Properties } of alarms) expect(Properties.AlarmName).toMatch(/^isobar-prod-/);
});
