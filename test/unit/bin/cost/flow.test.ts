import { expect, test } from '@jest/globals';
import { batchesPerSecond, pollersFor, pollerUnits, recordsOfBatch } from '../../../../bin/cost/batches.ts';
import { Plant } from '../../../../bin/cost/plant.ts';
import { daysByClass } from '../../../../bin/cost/price-storage.ts';
import { runsPerMonth } from '../../../../bin/cost/schedule.ts';
import { workflowRuns } from '../../../../bin/cost/workflow-runs.ts';
import { rule, templatesWith } from './templates.ts';

test.each([
  ['rate(5 minutes)', 8_760],
  ['rate(1 hour)', 730],
  ['cron(20 * * * ? *)', 730],
  ['cron(15 0 * * ? *)', 730 / 24],
  ['cron(30 3 ? * SUN *)', 730 / 24 / 7],
])('%s fires %d times a month', (expression, runs) => {
  expect(runsPerMonth(expression)).toBeCloseTo(runs);
});

test('another schedule is refused by name', () => {
  expect(() => runsPerMonth('cron(0/5 * * * ? *)')).toThrow('cron(0/5 * * * ? *)');
});

/** Files of 10,000 rows, each within half a second; an invocation takes 0.2 s. */
const files = {
  recordsPerSecond: 1_000,
  burstRecords: 10_000,
  burstSeconds: 0.5,
  batchRecords: 10_000,
  windowSeconds: 1,
  secondsPerInvocation: 0.2,
  pollers: 1,
};

test.each([
  ['one batch for each file, when the window is longer than the file', {}, 0.1],
  ['as many as five invocations at once take, without a window', { windowSeconds: 0 }, 0.1 * (0.5 / 0.04)],
  ['full batches, when a file holds several', { recordsPerSecond: 100_000 }, 10],
  ['one in each window at most, when records come one by one', { burstRecords: 1, burstSeconds: 0 }, 1],
  ['as many for each of two pollers', { pollers: 2 }, 0.2],
  ['none without records', { recordsPerSecond: 0 }, 0],
])('invocations a second: %s', (_, change, expected) => {
  expect(batchesPerSecond({ ...files, ...change })).toBeCloseTo(expected);
});

test('a poller moves 5 MB a second, within the limits of its mapping', () => {
  const limits = { minimum: 2, maximum: 10 };
  expect([1_000, 21_000_000, 900_000_000].map((bytes) => pollersFor(bytes, limits))).toEqual([2, 5, 10]);
});

test('an event has at most 6 MB', () => {
  expect([recordsOfBatch(10_000, 490), recordsOfBatch(10_000, 1_000)]).toEqual([10_000, 6_000]);
});

test('a unit has ten pollers or 20 MB a second', () => {
  expect([pollerUnits(5, 0), pollerUnits(11, 0), pollerUnits(5, 50_000_000)]).toEqual([1, 2, 3]);
});

test('days in each storage class end with the expiry, or with the age of the lake', () => {
  const moved = { Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }] };
  const daysOf = (rule: Parameters<typeof daysByClass>[0]) => daysByClass(rule, 365).map(({ days }) => days);
  expect(daysOf(undefined)).toEqual([365]);
  expect(daysOf({ ExpirationInDays: 30 })).toEqual([30]);
  expect(daysOf(moved)).toEqual([90, 275]);
  expect(daysOf({ ...moved, ExpirationInDays: 60 })).toEqual([60, 0]);
});

const machine = (definition: unknown) => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: { DefinitionString: JSON.stringify(definition) },
});

test('a starter runs on a schedule, and what it starts runs as often', () => {
  const plant = new Plant(
    templatesWith({
      Hourly: rule({ Ref: 'Starter' }, 'rate(1 hour)'),
      Starter: {
        Type: 'AWS::StepFunctions::StateMachine',
        Properties: {
          DefinitionString: {
            'Fn::Join': [
              '',
              [
                '{"States":{"Start":{"Type":"Task","Machine":"',
                { Ref: 'Sensor' },
                '"},"Taken":{"Type":"Fail"}}}',
              ],
            ],
          },
        },
      },
      Sensor: machine({
        TimeoutSeconds: 3_600,
        States: {
          Within: { Type: 'Choice', Choices: [{ Next: 'Tell' }], Default: 'End' },
          // biome-ignore lint/suspicious/noTemplateCurlyInString: what textOf makes of a reference
          Tell: { Type: 'Task', Resource: '${Notify}', Next: 'Wait' },
          Wait: { Type: 'Wait', Seconds: 30, Next: 'Within' },
          End: { Type: 'Succeed' },
        },
      }),
    }),
  );
  const [starter, sensor] = plant
    .ofType('AWS::StepFunctions::StateMachine')
    .map((each) => workflowRuns(each, plant));
  expect(starter).toMatchObject({ executionsPerMonth: 730, transitionsPerExecution: 1 });
  // Three states in 120 rounds of 30 s, and the end.
  expect(sensor).toMatchObject({ executionsPerMonth: 730, transitionsPerExecution: 361 });
  expect(sensor?.invocationsPerExecution.get('Notify')).toBe(120);
});
