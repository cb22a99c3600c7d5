import { expect, test } from '@jest/globals';
import { shippedScorer } from '../../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import { transactionsWithHistories } from '../../../../../localstack/generator/account-histories.ts';
import { trainingRows } from '../../../../../localstack/generator/training-rows.ts';

/**
 * What scikit-learn's HistGradientBoosting, trained on the same rows, has on these transactions. Recorded by
 * bench/fraud-model/measure.py for the files of `npm run generate -- transactions --seed 931 --count 20000`.
 */
const reference = { averagePrecision: 0.9881, logLoss: 0.0077 };

const { histories, known } = transactionsWithHistories(
  { seed: 931, startMs: Date.UTC(2024, 0, 1), accounts: 150, perDay: 1_200, fraudShare: 0.03 },
  20,
);
const scorer = shippedScorer();
const scored = [...trainingRows(known.take(20_000), histories)]
  .map(({ features, is_fraud }) => ({ score: scorer.score(features), isFraud: is_fraud }))
  .sort((one, other) => other.score - one.score);
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test('the average precision on a seed that was never used is at least 0.99 of that of HistGradientBoosting', () => {
  let frauds = 0;
  const precisions = scored.flatMap(({ isFraud }, at) => (isFraud ? [++frauds / (at + 1)] : []));
  expect(frauds).toBe(571);
  expect(mean(precisions)).toBeGreaterThan(0.99 * reference.averagePrecision);
});

test('the log loss is that of HistGradientBoosting, to 0.001', () => {
  const losses = scored.map(({ score, isFraud }) => -Math.log(isFraud ? score : 1 - score));
  expect(mean(losses)).toBeLessThan(reference.logLoss + 0.001);
});

test('scores are calibrated: the expected calibration error is at most 0.003', () => {
  const bins = Map.groupBy(scored, ({ score }) => Math.min(9, Math.floor(score * 10)));
  const errors = [...bins.values()].map((bin) =>
    Math.abs(bin.reduce((sum, { score, isFraud }) => sum + score - Number(isFraud), 0)),
  );
  expect(errors.reduce((sum, error) => sum + error, 0) / scored.length).toBeLessThan(0.003);
});

/** Bonferroni: intervals with so many standard deviations hold in nine bins at once with 95 %. */
const deviations = 2.773;

/** The interval of a share (Wilson). */
function intervalOf(share: number, count: number): { readonly low: number; readonly high: number } {
  const squared = deviations ** 2;
  const middle = share + squared / 2 / count;
  const half = deviations * Math.sqrt((share * (1 - share)) / count + squared / 4 / count ** 2);
  return { low: (middle - half) / (1 + squared / count), high: (middle + half) / (1 + squared / count) };
}

test('in each bin above 0.1, the mean score lies within the interval of the share of frauds', () => {
  const bins = Map.groupBy(scored, ({ score }) => Math.min(9, Math.floor(score * 10)));
  bins.delete(0);
  expect(bins.size).toBe(9);
  for (const [bin, of] of bins) {
    const { low, high } = intervalOf(mean(of.map(({ isFraud }) => Number(isFraud))), of.length);
    const found = mean(of.map(({ score }) => score));
    expect({ bin, within: low <= found && found <= high }).toEqual({ bin, within: true });
  }
});
