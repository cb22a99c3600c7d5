import { expect, test } from '@jest/globals';
import {
  coversCycle,
  driftScore,
  overallDriftScore,
} from '../../../../lambdas/fraud/measure-drift/drift-score.ts';
import { histogramDrift } from '../../../../lambdas/fraud/measure-drift/histogram-drift.ts';
import shipped from '../../../../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import {
  type FeatureReference,
  modelReferenceFrom,
} from '../../../../lambdas/fraud/shared/model-reference.ts';
import { driftBands } from '../../../../lib/observability/rules.ts';

const dayMs = 86_400_000;
const features = [...modelReferenceFrom(shipped).features].filter(([name]) => coversCycle(name, dayMs));
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

const bandOf = ({ noise, least }: { noise: number; least: number }, size: number) =>
  Math.max(noise / Math.sqrt(size), least);

/** Warnings of windows of `size` transactions in which nothing has drifted, without the floor. */
function warningsOf(size: number, count: number, least?: number): number {
  const next = uniform(size);
  const drawers = features.map(([, reference]) => ({ reference, draw: drawer(reference, size, next) }));
  const band = (each: { noise: number; least: number }) =>
    bandOf({ ...each, least: least ?? each.least }, size);
  let warnings = 0;
  for (let window = 0; window < count; window++) {
    const scores = drawers.map(({ reference, draw }) => {
      const drift = histogramDrift(reference, draw());
      return drift ? driftScore(drift) : 0;
    });
    if (overallDriftScore(scores) > band(driftBands.overall)) warnings++;
    warnings += scores.filter((score) => score > band(driftBands.feature)).length;
  }
  return warnings;
}

test(`${windows} quiet windows of the smallest size give at most ${mostWarnings} warnings, even without a floor`, () => {
  expect(warningsOf(200, windows, 0)).toBeLessThanOrEqual(mostWarnings);
});

test('larger windows give no more', () => {
  expect(warningsOf(2_000, 1_000, 0)).toBeLessThanOrEqual(2);
});

test('the bands are no wider than the noise needs: half of them would warn all the time', () => {
  const next = uniform(1);
  const size = 500;
  const [name = '', reference] = features.find(([feature]) => feature === 'country') ?? [];
  expect(name).toBe('country');
  const draw = drawer(reference as FeatureReference, size, next);
  const half = driftBands.feature.noise / 2 / Math.sqrt(size);
  const above = Array.from({ length: 500 }, () =>
    histogramDrift(reference as FeatureReference, draw()),
  ).filter((drift) => drift !== undefined && driftScore(drift) > half);
  expect(above.length).toBeGreaterThan(50);
});
