import { beforeEach, expect, test } from '@jest/globals';
import {
  countsInWindow,
  deleteHistogramsBefore,
} from '../../../../../lambdas/fraud/measure-drift/histograms-table.ts';
import { scoresInWindow } from '../../../../../lambdas/fraud/measure-drift/scores-table.ts';
import { segmentsInWindow } from '../../../../../lambdas/fraud/measure-drift/segments-table.ts';
import { testDatabase } from '../../test-database.ts';

const { query } = testDatabase();
beforeEach(() => query('truncate feature_histograms, segment_scores, segment_features'));

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

const addScores = (version: string, minute: number, partition: number, segment: string, counts: number[]) =>
  query(
    `insert into segment_scores
            (model_version, dimension, segment, window_start, partition,
             counts, transactions, flagged, score_sum, flagged_score_sum)
     values ($1, 'country', $2, to_timestamp($3), $4, $5, 7, 2, 1500000, 1000000)`,
    [version, segment, (noonMs + minute * minuteMs) / 1000, partition, counts],
  );
const scores = () => scoresInWindow(query, { fromMs: noonMs - 60 * minuteMs, toMs: noonMs }, 'v1');

test("scores are the sum of a model's buckets, over all partitions, with or without bins", async () => {
  await addScores('v1', -61, 0, 'DE', [100, 100]);
  await addScores('v1', -60, 0, 'DE', [3, 4]);
  await addScores('v1', -1, 1, 'DE', [7, 0]);
  await addScores('v1', -1, 0, 'FR', []);
  await addScores('v2', -1, 0, 'DE', [100, 100]);
  const newestMs = noonMs - minuteMs;
  const one = { newestMs, transactions: 7, flagged: 2, scoreSum: 1.5, flaggedScoreSum: 1 };
  const two = { newestMs, transactions: 14, flagged: 4, scoreSum: 3, flaggedScoreSum: 2 };
  expect(await scores()).toEqual([
    { dimension: 'country', segment: 'DE', counts: [10, 4], ...two },
    { dimension: 'country', segment: 'FR', counts: [], ...one },
  ]);
  await deleteHistogramsBefore(query, noonMs - minuteMs);
  expect(await scores()).toMatchObject([{ counts: [7, 0] }, { counts: [] }]);
});

test('old histograms are deleted', async () => {
  await add('v1', -2, 0, 'channel', [1, 0]);
  await add('v1', -1, 0, 'channel', [0, 1]);
  await deleteHistogramsBefore(query, noonMs - minuteMs);
  expect(await window(-60, 0)).toMatchObject({ transactions: 1 });
});

const addSegment = (version: string, minute: number, partition: number, segment: string, counts: number[]) =>
  query(
    `insert into segment_features (model_version, dimension, segment, window_start, partition, counts)
     values ($1, 'channel', $2, to_timestamp($3), $4, $5)`,
    [version, segment, (noonMs + minute * minuteMs) / 1000, partition, counts],
  );

test("the features of a segment are the sum of a model's buckets, over all partitions, in their order", async () => {
  await addSegment('v1', -61, 0, 'pos', [100, 100, 100]);
  await addSegment('v1', -60, 0, 'pos', [1, 2, 3]);
  await addSegment('v1', -1, 1, 'pos', [10, 0, 1]);
  await addSegment('v1', -1, 0, 'atm', [0, 1, 0]);
  await addSegment('v2', -1, 0, 'pos', [5, 5, 5]);
  await addSegment('v1', 0, 0, 'pos', [100, 100, 100]);
  const span = { fromMs: noonMs - 60 * minuteMs, toMs: noonMs };
  expect(await segmentsInWindow(query, span, 'v1')).toEqual([
    { dimension: 'channel', segment: 'atm', counts: [0, 1, 0] },
    { dimension: 'channel', segment: 'pos', counts: [11, 2, 4] },
  ]);
  await deleteHistogramsBefore(query, noonMs);
  expect(await segmentsInWindow(query, span, 'v1')).toEqual([]);
});
