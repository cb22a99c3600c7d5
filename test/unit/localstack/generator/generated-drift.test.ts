import { describe, expect, test } from '@jest/globals';
import { confusionOf, figuresOf } from '../../../../lambdas/fraud/evaluate-model/figures.ts';
import { gauges } from '../../../../lambdas/shared/metrics/metrics.ts';
import { stages } from '../../../../lib/config.ts';
import { perAccountAndDay } from '../../../../localstack/generator/transactions.ts';
import { generatedPredictions, samplesOf } from '../../../fixtures/generated-predictions.ts';

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
  const all = generatedPredictions(
    { seed: 7, startMs, accounts, perDay, fraudShare: 0.03, driftAtMs },
    { count: windows * perDay, scoredAtMs: (_, at) => (at * windowMs) / perDay, historyDays },
  );
  return Promise.all(
    Array.from({ length: windows }, async (_, window) => {
      const of = all.slice(window * perDay, (window + 1) * perDay);
      const samples = await samplesOf(
        of.map(({ prediction }) => prediction),
        { windowMs },
      );
      const overall = samples.find(
        ({ name, labels }) => name === gauges.fraudModelFeatureDrift.name && labels.feature === 'overall',
      );
      return { drift: overall?.value ?? Number.NaN, recall: recallOf(of) };
    }),
  );
}

const recallOf = (all: ReturnType<typeof generatedPredictions>) =>
  figuresOf(confusionOf(all.map(({ prediction: { fraud }, isFraud }) => ({ fraud, isFraud }))))?.recall ?? 0;

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
