import { expect, test } from '@jest/globals';
import {
  coversCycle,
  driftScore,
  overallDriftScore,
} from '../../../../lambdas/fraud/measure-drift/drift-score.ts';
import { histogramDrift } from '../../../../lambdas/fraud/measure-drift/histogram-drift.ts';
import { excessOf } from '../../../../lambdas/fraud/measure-drift/measure-drift.ts';
import { mostSegments } from '../../../../lambdas/fraud/measure-drift/segment-drift.ts';
import type { Prediction } from '../../../../lambdas/fraud/monitor-transactions/prediction.ts';
import shipped from '../../../../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import {
  bandEnd,
  driftBands,
  transactionsBehind,
  type Warning,
  warningOf,
} from '../../../../lambdas/fraud/shared/drift-bands.ts';
import {
  type FeatureReference,
  modelReferenceFrom,
} from '../../../../lambdas/fraud/shared/model-reference.ts';
import { generatedPredictions, samplesOf } from '../../../fixtures/generated-predictions.ts';

const dayMs = 86_400_000;
const reference = modelReferenceFrom(shipped);
const features = [...reference.features].filter(([name]) => coversCycle(name, dayMs));
const scores = reference.score as FeatureReference;
const windows = 10_000;
const mostWarnings = 14;

/** Uniform numbers from 0 to 1 (xorshift), the same in every run. */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Draws the histogram of `size` values of a feature from its reference. */
function drawer({ histogram: { counts, missing } }: FeatureReference, size: number, next: () => number) {
  const all = [...counts, missing];
  const total = all.reduce((sum, count) => sum + count, 0);
  let sum = 0;
  const ends = Float64Array.from(all, (count) => {
    sum += count / total;
    return sum;
  });
  return () => {
    const drawn = new Array<number>(all.length).fill(0);
    for (let each = 0; each < size; each++) {
      const value = next();
      let bin = 0;
      while (bin < ends.length - 1 && value >= (ends[bin] ?? 1)) bin++;
      drawn[bin] = (drawn[bin] ?? 0) + 1;
    }
    return { counts: drawn.slice(0, -1), missing: drawn.at(-1) ?? 0 };
  };
}

/** Warnings of windows in which nothing has drifted; with `least` in place of the floors. */
function warningsOf(size: number, count: number, least?: number): number {
  const next = uniform(size);
  const drawers = features.map(([, of]) => ({ of, draw: drawer(of, size, next) }));
  const drawScores = drawer(scores, size, next);
  const beyond = (warning: Warning, value: number | undefined) =>
    Number(
      (value ?? 0) > bandEnd({ ...driftBands[warning], ...(least === undefined ? {} : { least }) }, size),
    );
  let warnings = 0;
  for (let window = 0; window < count; window++) {
    const drifts = drawers.map(({ of, draw }) => {
      const drawn = draw();
      const drift = histogramDrift(of, drawn);
      const { missing, unseen } = excessOf(of, drawn);
      warnings += beyond('missing', missing) + beyond('unseen', unseen);
      return drift ? driftScore(drift) : 0;
    });
    const ofScores = histogramDrift(scores, drawScores());
    warnings +=
      beyond('overall', overallDriftScore(drifts)) + beyond('score', ofScores && driftScore(ofScores));
    warnings += drifts.filter((drift) => beyond('feature', drift)).length;
  }
  return warnings;
}

/** Segments of a window that warn, of those that are measured, when none has drifted. */
function warningsOfSegments(size: number, count: number): number {
  const next = uniform(size);
  const segments = [...(reference.segmentFeatures ?? [])].flatMap(([dimension, each]) =>
    [...each.values()].map((histograms) =>
      features
        .filter(([name]) => name !== dimension)
        .map(([name, { bins }]) => {
          const of = { bins, histogram: histograms.get(name) ?? { counts: [], missing: 0 } };
          return { of, draw: drawer(of, size, next) };
        }),
    ),
  );
  expect(segments.length).toBeGreaterThan(mostSegments);
  let warnings = 0;
  for (let drawn = 0; drawn < count; drawn++) {
    const drifts = (segments[drawn % segments.length] ?? []).map(({ of, draw }) => {
      const drift = histogramDrift(of, draw());
      return drift ? driftScore(drift) : 0;
    });
    warnings += Number(overallDriftScore(drifts) > bandEnd({ ...driftBands.segment, least: 0 }, size));
  }
  return warnings;
}

test(`${windows} quiet windows of the smallest size give at most ${mostWarnings} warnings, even without a floor`, () => {
  // Each window measures up to 25 segments. One is drawn for every fourth, so that none of these may warn.
  const ofSegments = 4 * mostSegments * warningsOfSegments(200, windows / 4);
  expect(warningsOf(200, windows, 0) + ofSegments).toBeLessThanOrEqual(mostWarnings);
});

test('larger windows give no more', () => {
  expect(warningsOf(2_000, 1_000, 0)).toBeLessThanOrEqual(2);
});

/** Each day of 65 accounts, whose transactions are related, without a drift. */
function quietDays(count: number): Prediction[][] {
  const startMs = Date.UTC(2024, 5, 1);
  const stream = { seed: 71, startMs, accounts: 65, perDay: 520, fraudShare: 0.03 };
  const all = generatedPredictions(stream, { count: count * 560, scoredAtMs: ({ timeMs }) => timeMs });
  const byDay = Map.groupBy(
    all.map(({ prediction }) => prediction),
    ({ scoredAtMs }) => Math.floor((scoredAtMs - startMs) / dayMs),
  );
  return [...byDay.values()].slice(0, count);
}

/** The largest of all samples of a day as a share of the end of its band. */
async function nearestToWarning(predictions: Prediction[]): Promise<number> {
  const sent = await samplesOf(predictions, { windowMs: dayMs });
  const transactionsOf = transactionsBehind(sent);
  const shares = sent.flatMap((sample) => {
    const warning = warningOf(sample.name, sample.labels.feature);
    return warning ? sample.value / bandEnd(driftBands[warning], transactionsOf(sample)) : [];
  });
  return Math.max(...shares);
}

test('quiet days of related transactions do not warn, and bands of half the width would', async () => {
  const shares = await Promise.all(quietDays(30).map(nearestToWarning));
  expect(shares).toHaveLength(30);
  expect(Math.max(...shares)).toBeLessThan(1);
  expect(shares.filter((share) => share > 0.5).length).toBeGreaterThan(10);
});
