import { expect, test } from '@jest/globals';
import { isFileName, lineOf } from '../../../../../localstack/console/views/files.ts';

const prefix = 'incoming/observations/';
const row = {
  source: 'AbCdEfGhIjK',
  key: `${prefix}2024/a@b.csv`,
  startedAt: new Date(0),
  ingestedAt: new Date(1_000),
  rowsRead: 100,
  rowsValid: 90,
  rowsInvalid: 10,
  rowsRefused: 0,
  rowsSkipped: 1,
  ignoredColumns: [],
  openErrors: 10,
  seen: { 'land-observations': 98, 'watch-weather': 50 },
};
type Row = Parameters<typeof lineOf>[0];
const line = (
  changes: Partial<Row>,
  lag: Record<string, number> = { 'land-observations': 0, 'watch-weather': 5 },
) => lineOf({ ...row, ...changes }, prefix, lag);

test('a file has the name that it was dropped under, and says how far each consumer is', () => {
  expect(line({})).toMatchObject({ name: '2024/a@b.csv', landed: 1 });
  expect(line({}).watched).toBeCloseTo(50 / 101);
});

test('a file whose last lines are invalid is complete when its consumers have no lag, and not before', () => {
  expect(line({}, { 'land-observations': 3, 'watch-weather': 0 })).toMatchObject({
    watched: 1,
    state: 'processing',
  });
  expect(line({ seen: { 'land-observations': 101 } }, { 'land-observations': 3 }).landed).toBeLessThan(1);
});

test('a file is processed until all its rows are on Kafka, whatever the lag', () => {
  const reading = {
    ingestedAt: null,
    rowsRead: 0,
    rowsValid: 0,
    rowsInvalid: 0,
    rowsSkipped: 0,
    openErrors: 0,
  };
  expect(line(reading)).toMatchObject({ state: 'processing', landed: 0 });
});

test('the state of a file tells its rows apart', () => {
  const clean = { rowsInvalid: 0, openErrors: 0 };
  const empty = { rowsRead: 0, rowsValid: 0, rowsInvalid: 0, rowsSkipped: 0, seen: null };
  expect(line({}).state).toBe('errors');
  expect(line(clean).state).toBe('done');
  expect(line({ ...clean, rowsRefused: 100, rowsValid: 0 }).state).toBe('refused');
  expect(line({ ...empty, openErrors: 1 }).state).toBe('refused');
  expect(line({ ...empty, openErrors: 0 }).state).toBe('done');
});

test('a name cannot lead out of the incoming folder, nor hide', () => {
  for (const name of ['a.csv', '2024/1월.csv', 'my file (2).csv', 'a_b-c+d.json.gz', 'Zürich.csv'])
    expect([name, isFileName(name)]).toEqual([name, true]);
  for (const name of [
    '',
    '/',
    '../a.csv',
    'a/../b',
    '.hidden',
    'a//b',
    'a\\b',
    'a\0b',
    'a?b',
    'x'.repeat(600),
  ])
    expect([name, isFileName(name)]).toEqual([name, false]);
});
