import { expect, test } from '@jest/globals';
import { readShadow } from '../../../../../lambdas/fraud/compare-models/evidence.ts';
import { evaluationsTable } from '../../../../../lambdas/fraud/evaluate-model/evaluations-table.ts';
import { confusionOf, totalOf } from '../../../../../lambdas/fraud/evaluate-model/figures.ts';
import { maturities, maturitySeconds } from '../../../../../lambdas/shared/metrics/maturities.ts';
import { insertLabels, insertPredictions } from '../../../../fixtures/predictions.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nowMs = Date.UTC(2024, 4, 1, 12);
const spanSeconds = 10 * 24 * 3_600;

interface Judged {
  readonly id: string;
  readonly fraud: boolean;
  readonly scoredAtMs: number;
  readonly isFraud: boolean;
  readonly recordedAtMs: number;
}

/** A pseudo-random number from 0 to 1 that is the same in every run. */
const chance = (...seeds: number[]) => {
  const sine =
    Math.sin(seeds.reduce((sum, seed, place) => sum + (seed + 1) * 12.9898 * (place + 1), 0)) * 43_758.5453;
  return sine - Math.floor(sine);
};

/** Transactions of the last 20 days, with labels up to 12 days later. */
const judged: Judged[] = Array.from({ length: 3_000 }, (_, number) => {
  const scoredAtMs = Math.floor(nowMs - chance(number, 1) * 480 * hourMs);
  const delayMs = chance(number, 2) ** 4 * 288 * hourMs;
  return {
    id: `t${number}`,
    fraud: chance(number, 3) < 0.2,
    scoredAtMs,
    isFraud: chance(number, 4) < 0.2,
    recordedAtMs: Math.floor(scoredAtMs + delayMs),
  };
});

const time = (ms: number) => new Date(ms).toISOString();

const predict = (each: readonly Judged[]) => insertPredictions(query, each);
const label = (each: readonly Judged[]) => insertLabels(query, each);

/**
 * Counts transaction by transaction, as defined. The five minutes of a row are in a span completely or not at
 * all.
 */
function expected(known: readonly Judged[]) {
  const five = 5 * minuteMs;
  return maturities.flatMap((maturity) => {
    const seconds = maturitySeconds[maturity];
    const endMs = nowMs - (seconds ?? 0) * 1000;
    const counted = known.filter(({ scoredAtMs, recordedAtMs }) => {
      const fromMs = Math.floor(scoredAtMs / five) * five;
      if (fromMs <= endMs - spanSeconds * 1000) return false;
      if (seconds === null) return true;
      return fromMs + five <= endMs && recordedAtMs < scoredAtMs + seconds * 1000;
    });
    const confusion = confusionOf(counted);
    return totalOf(confusion) === 0 ? [] : [[maturity, confusion] as const];
  });
}

test('counts by maturity are as defined, and late labels change only the rows of their transactions', async () => {
  const { recount, countLabelled } = evaluationsTable(connect(), { spanSeconds });
  expect(await recount()).toBe(0);
  expect(await countLabelled(nowMs)).toEqual(new Map());

  const late = judged.filter((_, number) => number % 3 === 0);
  const early = judged.filter((_, number) => number % 3 !== 0);
  await predict(judged);
  await label(early);
  expect(await recount()).toBeGreaterThan(1_000);
  expect(await countLabelled(nowMs)).toEqual(new Map(expected(early)));
  expect((await countLabelled(nowMs)).size).toBe(4);

  expect(await recount()).toBe(0);
  // With the mark far back, labels count as if they had been there from the start.
  await query("update evaluation_mark set looked_at = '2000-01-01'");
  await label(late);
  expect(await recount()).toBeGreaterThan(100);
  expect(await countLabelled(nowMs)).toEqual(new Map(expected(judged)));
  const [revisions] = await query<{ restated: string; kept: string }>(
    `select count(*) filter (where revision = 2) as restated, count(*) filter (where revision = 1) as kept
       from model_evaluations`,
  );
  expect(Number(revisions?.restated)).toBeGreaterThan(0);
  expect(Number(revisions?.kept)).toBeGreaterThan(0);
  expect(await recount()).toBe(0);
});

test('a prediction that comes after its label is counted', async () => {
  const { recount } = evaluationsTable(connect(), { spanSeconds });
  const scoredAtMs = Date.now();
  const one = { id: 'late', fraud: true, isFraud: true, scoredAtMs, recordedAtMs: scoredAtMs };
  await label([one]);
  expect(await recount()).toBe(0);
  await predict([one]);
  expect(await recount()).toBe(4);
});

test('a prediction that comes three days after its label is counted, without another label in its five minutes', async () => {
  const { recount } = evaluationsTable(connect(), { spanSeconds });
  const scoredAtMs = Date.now() - 72 * hourMs;
  const one = { id: 'outage', fraud: true, isFraud: true, scoredAtMs, recordedAtMs: scoredAtMs + minuteMs };
  await label([one]);
  expect(await recount()).toBe(0);
  await predict([one]);
  expect(await recount()).toBe(4);
  expect(await recount()).toBe(0);
});

test('a label that was deleted and corrected counts only from the time of its correction', async () => {
  const { recount } = evaluationsTable(connect(), { spanSeconds });
  const scoredAtMs = Date.now() - 96 * hourMs;
  const wrong = { id: 'wrong', fraud: true, isFraud: false, scoredAtMs, recordedAtMs: scoredAtMs + minuteMs };
  const rows = () =>
    query<{ maturity: string; transactions: number }>(
      `select maturity, (true_positives + false_positives)::float8 as transactions
         from model_evaluations
        where scored_from = date_bin('5 minutes', $1, 'epoch') and true_negatives + false_negatives = 0
        order by maturity`,
      [time(scoredAtMs)],
    );
  await predict([wrong]);
  await label([wrong]);
  expect(await recount()).toBe(4);
  await query("delete from labels where transaction_id = 'wrong'");
  await label([{ ...wrong, isFraud: true, recordedAtMs: Date.now() }]);
  expect(await recount()).toBe(4);
  expect(await rows()).toEqual([
    { maturity: '1d', transactions: 0 },
    { maturity: '1h', transactions: 0 },
    { maturity: '7d', transactions: 1 },
    { maturity: 'any', transactions: 1 },
  ]);
});

test('concurrent evaluations wait for each other', async () => {
  await query('delete from model_evaluations');
  await query('delete from evaluation_mark');
  const both = await Promise.all([0, 1].map(() => evaluationsTable(connect(), { spanSeconds }).recount()));
  expect(Math.min(...both)).toBe(0);
});

test('segments count the labels of the evaluated span, each transaction once in each dimension', async () => {
  await query('truncate predictions, labels');
  const of = (
    id: string,
    country: string,
    fraud: boolean,
    isFraud: boolean,
    scoredAtMs = nowMs - hourMs,
  ) => ({
    ...{ id, country, fraud, isFraud, scoredAtMs, recordedAtMs: nowMs },
  });
  const rows = [
    of('a', 'DE', true, true),
    of('b', 'DE', true, false),
    of('c', 'FR', false, true),
    of('d', 'FR', false, false),
    of('old', 'FR', true, true, nowMs - spanSeconds * 1000 - hourMs),
  ];
  await insertPredictions(query, rows);
  await insertLabels(query, rows);
  await insertPredictions(query, [{ id: 'unlabelled', country: 'IT', fraud: true, scoredAtMs: nowMs }]);
  const all = { truePositives: 1, falsePositives: 1, trueNegatives: 1, falseNegatives: 1 };
  const none = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };
  const { countSegments } = evaluationsTable(connect('fraud'), { spanSeconds });
  expect(await countSegments(nowMs)).toEqual([
    { dimension: 'channel', segment: 'pos', ...all },
    { dimension: 'merchant_category', segment: 'fuel', ...all },
    { dimension: 'country', segment: 'DE', ...none, truePositives: 1, falsePositives: 1 },
    { dimension: 'country', segment: 'FR', ...none, falseNegatives: 1, trueNegatives: 1 },
  ]);
});

test('the verdicts of the model in use and of its challenger are counted on the same labels', async () => {
  await query('truncate predictions, labels');
  const { countShadow } = evaluationsTable(connect('fraud'), { spanSeconds });
  let scoredAtMs = nowMs - hourMs;
  const of = (id: string, fraud: boolean, challenger: boolean | null, isFraud: boolean, version = 'c1') => ({
    ...{ id, fraud, isFraud, scoredAtMs: scoredAtMs++, recordedAtMs: nowMs },
    challenger: { version, fraud: challenger },
  });
  const rows = [
    of('another challenger', true, true, true, 'c0'),
    { ...of('another champion', true, true, true), modelVersion: 'v0' },
    { ...of('before the span', true, true, true), scoredAtMs: nowMs - spanSeconds * 1000 - hourMs },
    of('not scored by it', true, null, true),
    of('a', true, false, false),
    of('b', true, false, false),
    of('c', false, true, true),
  ];
  await insertPredictions(query, rows);
  await insertLabels(query, rows);
  await insertPredictions(query, [of('unlabelled', true, true, true)]);
  // Not only of the span, and with the transaction that the challenger could not score.
  expect(await readShadow(connect('reader').query, { challenger: 'c1', champion: 'v1' })).toMatchObject({
    scored: 4,
    unscored: 1,
    verdicts: expect.arrayContaining([{ champion: true, challenger: true, isFraud: true, count: 1 }]),
  });
  const counted = await countShadow(nowMs);
  expect(counted).toHaveLength(2);
  expect(counted).toEqual(
    expect.arrayContaining([
      { champion: true, challenger: false, isFraud: false, count: 2 },
      { champion: false, challenger: true, isFraud: true, count: 1 },
    ]),
  );

  await insertPredictions(query, [{ id: 'withdrawn', scoredAtMs }]);
  expect(await countShadow(nowMs)).toEqual([]);
});
