import { expect, test } from '@jest/globals';
import { composeReport } from '../../../../../lambdas/daily/report-day/report-day.ts';

const executionId = 'arn:aws:states:us-east-1:000000000000:execution:isobar-local-daily:e1';
const check = { day: '2024-01-01', status: 'complete', reason: '' };
const loaded = { revision: 1, isNew: true, changes: [] };
const published = { revision: 1, inCatalog: true };
const line = {
  location: 'Seoul',
  observations: 86_400,
  minC: -3,
  meanC: 1.26,
  maxC: 6.5,
  rainHours: 2,
  hoursSeen: 24,
  alerts: 1,
};

test('the report of a published day is a table with aligned columns', () => {
  const { title, body } = composeReport(
    { executionId, check, loaded },
    [line, { ...line, location: 'A location with a long name' }],
    published,
  );
  expect(title).toContain('2024-01-01');
  const lines = body.split('\n').filter((text) => text.includes('/'));
  expect(new Set(lines.map((text) => text.indexOf('/24'))).size).toBe(2);
  expect(body).toContain('-3.0 / 1.3 / 6.5');
});

test('the report of a correction lists its changes', () => {
  const corrected = { ...loaded, revision: 3, changes: ['5 → 6 rows'] };
  const { title, body } = composeReport({ executionId, check, loaded: corrected }, [line], published);
  expect(title).toContain('revision 3');
  expect(body).toContain('• 5 → 6 rows');
});

test('the report of a run with the same result says that nothing has changed', () => {
  const { title } = composeReport(
    { executionId, check, loaded: { ...loaded, isNew: false } },
    [line],
    published,
  );
  expect(title).toContain('nothing has changed');
});

test.each([
  ['of an incomplete day', { check: { ...check, reason: 'Not landed yet' } }, 'Not landed yet'],
  ['of a bad result', { check, quality: { failures: ['Too few'], warnings: [] } }, 'Too few'],
  [
    'of a job',
    { check, failure: { Error: 'States.TaskFailed', Cause: '{"ErrorMessage":"No space"}' } },
    'States.TaskFailed: No space',
  ],
  ['before the day was known', { failure: { Error: 'Error', Cause: 'plain' } }, 'Error: plain'],
])('the report of a failure %s says that the last good result stays', (_, end, reason) => {
  const { title, body, footnote } = composeReport({ executionId, ...end }, [], published);
  expect(title).toContain('failed');
  expect(body).toContain(reason);
  expect(body).toContain('The last good result of the day stays.');
  expect(footnote).toContain(`#/v2/executions/details/${executionId}`);
});

test('the report of a failure after the load says that the tables lag, and how to repair them', () => {
  const failure = { Error: 'Glue', Cause: 'no such table' };
  const end = { executionId, check, loaded: { ...loaded, revision: 4 }, failure };
  const { title, body } = composeReport(end, [line], { revision: 4, inCatalog: false });
  expect(title).toContain('failed');
  expect(body).toContain('Glue: no such table');
  expect(body).toContain(
    'Postgres has revision 4; the tables of the lake may lag behind it. Run the day again',
  );
  expect(body).not.toContain('stays');
});

test('the report of a failure without any result says so', () => {
  const { body } = composeReport({ executionId, check: { ...check, reason: 'Late' } }, [], undefined);
  expect(body).toBe('Late\nThere is no result of the day.');
});

test('an execution has one message key', () => {
  expect(composeReport({ executionId, check, loaded }, [], published).key).toBe(`daily/${executionId}`);
});

test('the report fits into a Slack message, however many locations there are', () => {
  const { body } = composeReport({ executionId, check, loaded }, Array(500).fill(line), published);
  expect(body.length).toBeLessThan(2_800);
  expect(body).toContain('and 488 more locations');
});

test('the report names the files with repeated rows, those with the most first, and counts the others', () => {
  const repeated = Array.from({ length: 7 }, (_, place) => {
    return { fileName: place === 0 ? null : `in/${place}.csv`, sameValues: 7 - place, otherValues: place };
  });
  const { body } = composeReport({ executionId, check, loaded }, [line], published, repeated);
  expect(body).toContain('• messages on Kafka: 7 repeated, 0 in conflict');
  expect(body).toContain('• in/4.csv: 3 repeated, 4 in conflict\n• and 2 more files');
});

test('the report says that messages which were sent before a correction stay', () => {
  const corrected = {
    ...loaded,
    revision: 2,
    changes: ['in/a.csv replaces its earlier version: 1 row changed'],
  };
  const { body } = composeReport({ executionId, check, loaded: corrected }, [line], published);
  expect(body).toContain('alerts and messages that were sent are not taken back');
  expect(body).toContain('• in/a.csv replaces');
});

test('a location without any temperature has a dash', () => {
  const { body } = composeReport(
    { executionId, check, loaded },
    [{ ...line, minC: null, meanC: null, maxC: null }],
    published,
  );
  expect(body).toContain('– / – / –');
});
