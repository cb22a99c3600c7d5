import { beforeEach, expect, test } from '@jest/globals';
import {
  countsInWindow,
  deleteHistogramsBefore,
} from '../../../../../lambdas/fraud/measure-drift/histograms-table.ts';
import { testDatabase } from '../../test-database.ts';

const { query } = testDatabase();
beforeEach(() => query('truncate feature_histograms'));

const noonMs = Date.UTC(2026, 2, 1, 12);
const minuteMs = 60_000;

const add = (
  version: string,
  minute: number,
  partition: number,
  feature: string,
  counts: number[],
  missing = 0,
) =>
  query(
    `insert into feature_histograms (model_version, feature, window_start, partition, counts, missing)
     values ($1, $2, to_timestamp($3), $4, $5, $6)`,
    [version, feature, (noonMs + minute * minuteMs) / 1000, partition, counts, missing],
  );

const window = (fromMinute: number, toMinute: number) =>
  countsInWindow(query, { fromMs: noonMs + fromMinute * minuteMs, toMs: noonMs + toMinute * minuteMs });

test('a window is the sum of exactly its buckets, over all partitions', async () => {
  await add('v1', -61, 0, 'channel', [100, 100]);
  await add('v1', -60, 0, 'channel', [1, 2], 3);
  await add('v1', -60, 1, 'channel', [10, 0], 1);
  await add('v1', -1, 0, 'channel', [0, 20]);
  await add('v1', -1, 0, 'amount_log', [20, 13, 4]);
  await add('v1', 0, 0, 'channel', [500, 0]);
  expect(await window(-60, 0)).toEqual({
    modelVersion: 'v1',
    transactions: 37,
    features: new Map([
      ['amount_log', { counts: [20, 13, 4], missing: 0 }],
      ['channel', { counts: [11, 22], missing: 4 }],
    ]),
  });
});

test('a window counts the model that scored last; of two in the last bucket, the one that scored more', async () => {
  await add('v1', -3, 0, 'channel', [1_000, 0]);
  await add('v1', -2, 0, 'channel', [1, 1]);
  await add('v2', -2, 0, 'channel', [2, 1]);
  expect(await window(-60, 0)).toMatchObject({ modelVersion: 'v2', transactions: 3 });
  await add('v1', -1, 0, 'channel', [0, 1]);
  expect(await window(-60, 0)).toMatchObject({ modelVersion: 'v1', transactions: 1_003 });
});

test('a window without counts is undefined', async () => {
  await add('v1', -90, 0, 'channel', [1, 0]);
  expect(await window(-60, 0)).toBeUndefined();
});

test('old histograms are deleted', async () => {
  await add('v1', -2, 0, 'channel', [1, 0]);
  await add('v1', -1, 0, 'channel', [0, 1]);
  await deleteHistogramsBefore(query, noonMs - minuteMs);
  expect(await window(-60, 0)).toMatchObject({ transactions: 1 });
});
