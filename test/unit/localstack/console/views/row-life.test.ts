import { expect, test } from '@jest/globals';
import {
  type LandedRow,
  type Traces,
  wayOf,
  wayOfError,
} from '../../../../../localstack/console/views/row-life.ts';

const row: LandedRow = {
  location: 'Seoul',
  atMs: Date.UTC(2024, 4, 1, 0, 0, 5),
  source: 'AbCdEfGhIjKl',
  row: 2,
  topic: 'weather-data',
  partition: 3,
  offset: 150,
  ingestDate: '2026-11-30',
  recordedAtMs: 2_000,
  measures: 'Temperature 12.5 °C',
};
const object = {
  key: 'raw/observations/ingest_date=2026-11-30/p03-00000000000000000100.parquet',
  writtenAtMs: 3_000,
  isMerged: false,
};
const traces: Traces = {
  file: {
    source: 'AbCdEfGhIjKl',
    key: 'incoming/observations/a.csv',
    startedAtMs: 1_000,
    ingestedAtMs: 2_500,
  },
  object,
  isWatched: true,
  window: { startMs: Date.UTC(2024, 4, 1), seconds: 60, count: 4, late: 1 },
  alerts: [{ id: 1, type: 'TEMP_HIGH', reason: 'too hot', createdAtMs: 4_000, sentAtMs: 5_000 }],
  day: { revision: 2, publishedAtMs: 6_000 },
};
const steps = (changes: Partial<Traces> = {}, of: Partial<LandedRow> = {}) =>
  wayOf({ ...row, ...of }, { ...traces, ...changes }).steps.map(({ title, text, atMs, state }) =>
    state === 'done' ? [title, text, atMs] : [title, text, state],
  );

test('a row is followed from its line to the summary of its day', () => {
  expect(steps()).toEqual([
    ['File', 'incoming/observations/a.csv, line 2', 1_000],
    ['Kafka', 'weather-data, partition 3, offset 150', 2_000],
    ['Lake', object.key, 3_000],
    ['Window', '2024-05-01 00:00:00, 60 s: 4 rows, 1 late', null],
    ['Alert TEMP_HIGH', 'too hot', 4_000],
    ['Slack', 'Sent to the channel', 5_000],
    ['Day', 'In the summary of 2024-05-01, revision 2', 6_000],
  ]);
});

test('what has not happened yet is shown as waiting, with the reason', () => {
  expect(
    steps({ object: undefined, window: undefined, isWatched: false, alerts: [], day: undefined }).slice(2),
  ).toEqual([
    ['Lake', 'Its object is being merged, or expired meanwhile: follow the row again', 'waiting'],
    ['Window', 'watch-weather has not come to it yet', 'waiting'],
    ['Alert', 'None: no limit was passed at this time, or its cooldown held', null],
    ['Day', 'The summary of 2024-05-01 is not built yet', 'waiting'],
  ]);
});

test('a record of another producer has no file', () => {
  expect(steps({ file: undefined }, { source: null, row: null })[0]?.[0]).toBe('Producer');
});

test('an invalid row is followed to its error, and to what a person did with it', () => {
  const error = {
    ...{ id: 7, type: 'DATE_ERROR', reason: 'found "soon"', status: 'REDRIVEN', rawRow: 'x,soon' },
    ...{ createdAtMs: 1, settledAtMs: 3, toldAtMs: null },
  };
  const file = { source: 's', key: 'incoming/observations/a.csv', startedAtMs: 0, ingestedAtMs: null };
  expect(wayOfError(error, file, 3).steps.map(({ title, text, state }) => [title, text, state])).toEqual([
    ['File', 'incoming/observations/a.csv, line 3', 'done'],
    ['Error', 'found "soon"', 'failed'],
    ['Slack', 'Not told yet', 'waiting'],
    ['Settled', 'redriven', 'done'],
  ]);
});

test('an object that took the place of smaller ones is said to be merged', () => {
  expect(steps({ object: { ...object, isMerged: true } })[2]).toEqual([
    'Lake',
    `${object.key}, merged from smaller objects`,
    3_000,
  ]);
});
