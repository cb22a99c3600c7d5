import { describe, expect, test } from '@jest/globals';
import { confusionOf, figuresOf } from '../../../../lambdas/fraud/evaluate-model/figures.ts';
import { measureDrift } from '../../../../lambdas/fraud/measure-drift/measure-drift.ts';
import { featureCounts } from '../../../../lambdas/fraud/monitor-transactions/counts.ts';
import type { Prediction } from '../../../../lambdas/fraud/monitor-transactions/prediction.ts';
import shippedReference from '../../../../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import { shippedScorer } from '../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import { modelReferenceFrom } from '../../../../lambdas/fraud/shared/model-reference.ts';
import { stages } from '../../../../lib/config.ts';
import { transactionsWithHistories } from '../../../../localstack/generator/account-histories.ts';
import { trainingRows } from '../../../../localstack/generator/training-rows.ts';
import { type KnownTransaction, perAccountAndDay } from '../../../../localstack/generator/transactions.ts';

const scorer = shippedScorer();
const reference = modelReferenceFrom(shippedReference);
const dayMs = 86_400_000;
const accounts = 150;
const perDay = accounts * perAccountAndDay;
const startMs = Date.UTC(2026, 10, 28, 5);
/** The drift window of the local stage. Here it spans a day of event time. */
const windowMs = stages.local.drift.windowMinutes * 60_000;

/**
 * Drift and recall of generated transactions that are scored and counted at an even pace, window by window.
 */
async function windowsOf(historyDays: number, windows: number, driftAtMs: number) {
  const stream = { seed: 7, startMs, accounts, perDay, fraudShare: 0.03, driftAtMs };
  const { histories, known } = transactionsWithHistories(stream, historyDays);
  const all = [...known.take(windows * perDay)];
  const rows = [...trainingRows(all, histories)];
  const predictions = all.map(({ transaction }, at): Prediction => {
    const features = rows[at]?.features ?? {};
    const score = scorer.score(rows[at]?.features as (typeof rows)[number]['features']);
    const scoredAtMs = (at * windowMs) / perDay;
    return {
      transaction,
      features,
      score,
      fraud: score >= scorer.threshold,
      rule: null,
      modelVersion: scorer.version,
      scoredAtMs,
      partition: 0,
      offset: at,
    };
  });
  return Promise.all(
    Array.from({ length: windows }, async (_, window) => {
      const of = predictions.slice(window * perDay, (window + 1) * perDay);
      const truth = all.slice(window * perDay, (window + 1) * perDay);
      return { drift: await driftOf(of), recall: recallOf(of, truth) };
    }),
  );
}

async function driftOf(predictions: readonly Prediction[]): Promise<number> {
  const references = new Map([[reference.version, reference]]);
  const counted = featureCounts(predictions, references, windowMs);
  const { overall } = await measureDrift(
    windowMs,
    { windowMs, leastTransactions: 200 },
    {
      countsOf: async () => ({
        modelVersion: reference.version,
        transactions: predictions.length,
        features: new Map(counted.map(({ feature, counts, missing }) => [feature, { counts, missing }])),
      }),
      scoresOf: async () => [],
      segmentsOf: async () => [],
      referenceOf: async () => reference,
      send: async () => {},
    },
  );
  return overall ?? Number.NaN;
}

const recallOf = (predictions: readonly Prediction[], truth: readonly KnownTransaction[]) =>
  figuresOf(
    confusionOf(predictions.map(({ fraud }, at) => ({ fraud, isFraud: truth[at]?.isFraud ?? false }))),
  )?.recall ?? 0;

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('transactions of accounts with a history', () => {
  test('transactions of accounts with a history drift by less than 0.1, and by more than 0.15 when habits change; then recall falls', async () => {
    const windows = await windowsOf(20, 10, startMs + 4.5 * dayMs);
    const [before, after] = [windows.slice(0, 4), windows.slice(6)];
    expect(Math.max(...before.map(({ drift }) => drift))).toBeLessThan(0.1);
    expect(Math.min(...after.map(({ drift }) => drift))).toBeGreaterThan(0.15);
    const [early, late] = [before, after].map((each) => mean(each.map(({ recall }) => recall)));
    expect(early).toBeGreaterThan(0.75);
    expect(late).toBeLessThan(0.5);
  });
});

test('accounts that are all new drift more than any change of habits', async () => {
  const [first] = await windowsOf(0, 1, Number.POSITIVE_INFINITY);
  expect(first?.drift).toBeGreaterThan(0.25);
});
