import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { wassersteinDistance } from '../../../../../lambdas/fraud/measure-drift/distances.ts';
import { driftScore, overallDriftScore } from '../../../../../lambdas/fraud/measure-drift/drift-score.ts';
import { histogramDrift } from '../../../../../lambdas/fraud/measure-drift/histogram-drift.ts';
import { type FeatureDrift, sampleDrift } from '../../../../../lambdas/fraud/measure-drift/sample-drift.ts';
import type {
  Bins,
  FeatureReference,
  Histogram,
} from '../../../../../lambdas/fraud/shared/model-reference.ts';
import { countedIn } from './counted.ts';

const amounts: Bins = { kind: 'number', edges: [0, 1, 2, 5] };
const channels: Bins = { kind: 'category', categories: ['pos', 'online'] };
const flag: Bins = { kind: 'number', edges: [0, 1] };

const reference = (bins: Bins, values: readonly (number | string | null)[]): FeatureReference => ({
  bins,
  histogram: countedIn(bins, values),
});
const repeat = <T>(times: number, value: T): T[] => new Array<T>(times).fill(value);

function driftOf(
  bins: Bins,
  before: readonly (number | string | null)[],
  now: readonly (number | string | null)[],
) {
  const drift = histogramDrift(reference(bins, before), countedIn(bins, now));
  if (!drift) throw new Error('one side has no records');
  return { ...drift, score: driftScore(drift) };
}

describe('edge cases', () => {
  const empty: Histogram = { counts: [0, 0, 0], missing: 0 };

  test('without records on one side, drift is undefined', () => {
    const seen = countedIn(channels, ['pos']);
    expect(histogramDrift({ bins: channels, histogram: seen }, empty)).toBeUndefined();
    expect(histogramDrift({ bins: channels, histogram: empty }, seen)).toBeUndefined();
    expect(sampleDrift([], [1])).toBeUndefined();
    expect(sampleDrift([1], [null, Number.NaN])).toBeUndefined();
  });

  test('a feature with the same constant value on both sides does not drift', () => {
    for (const value of [-7, 0, 1.5, 99]) {
      expect(driftOf(amounts, repeat(50, value), repeat(7, value))).toEqual({
        psi: 0,
        jensenShannon: 0,
        wasserstein: 0,
        score: 0,
      });
    }
  });

  test('a constant feature that changes has score 1 and finite distances', () => {
    const drift = driftOf(flag, repeat(1_000, 0), repeat(10, 1));
    expect(drift.score).toBe(1);
    // A distance of 1, divided by the least standard deviation.
    expect(drift.wasserstein).toBeCloseTo(1_000, 9);
    expect(drift.psi).toBeCloseTo(2 * (1 - 0.0001) * Math.log(1 / 0.0001), 9);
  });

  test('unseen categories count as one category, and show as drift', () => {
    const drift = driftOf(channels, ['pos', 'online'], ['pos', 'online', 'carrier-pigeon', 'telex']);
    expect(drift.wasserstein).toBeCloseTo(0.5, 12);
    expect(drift.score).toBeGreaterThan(0.4);
    expect(drift).toEqual(driftOf(channels, ['pos', 'online'], ['pos', 'online', 'smoke', 'smoke']));
  });

  test('a feature that goes missing has score 1, and its numbers have no Wasserstein distance', () => {
    const drift = driftOf(amounts, repeat(100, 1), repeat(100, null));
    expect(drift.score).toBe(1);
    expect(drift.wasserstein).toBeUndefined();
    expect(driftOf(amounts, repeat(100, null), repeat(100, 1)).wasserstein).toBeUndefined();
    expect(driftOf(channels, repeat(100, 'pos'), repeat(100, null))).toMatchObject({
      score: 1,
      wasserstein: 1,
    });
  });

  test('a feature that is missing on both sides does not drift', () => {
    const none = { psi: 0, jensenShannon: 0, wasserstein: 0, score: 0 };
    expect(driftOf(amounts, repeat(9, null), repeat(5, null))).toEqual(none);
    expect(driftOf(channels, repeat(9, null), repeat(5, null))).toEqual(none);
  });

  test('a value of the wrong kind counts as missing', () => {
    expect(countedIn(amounts, ['1', Number.NaN, Number.POSITIVE_INFINITY, null])).toEqual({
      counts: [0, 0, 0, 0, 0],
      missing: 4,
    });
    expect(countedIn(channels, [1, null, 'toString'])).toEqual({ counts: [0, 0, 1], missing: 2 });
  });

  test('a feature without edges has one bin, and drifts only by missing values', () => {
    const anything: Bins = { kind: 'number', edges: [] };
    expect(driftOf(anything, [1, 2, 3], [-1e300, 0])).toMatchObject({ wasserstein: 0, score: 0 });
    expect(driftOf(anything, [1, 2, 3], [1, null]).score).toBeGreaterThan(0.5);
  });
});

test('a bin includes its lower edge', () => {
  expect(countedIn(amounts, [-1, 0, 0.9, 1, 1.9, 2, 4.9, 5, 1e300]).counts).toEqual([1, 2, 2, 2, 2]);
});

describe('the Wasserstein distance of bins', () => {
  const levels = fc.array(fc.constantFrom(0, 1, 2, 5), { minLength: 1, maxLength: 60 });

  test('the Wasserstein distance of bins is exact for values that are edges', () => {
    fc.assert(
      fc.property(levels, levels, (before, now) => {
        const exact = sampleDrift(before, now)?.wasserstein ?? Number.NaN;
        expect(driftOf(amounts, before, now).wasserstein).toBeCloseTo(exact, 9);
      }),
    );
  });

  test('the Wasserstein distance of bins is wrong by at most the widest bin', () => {
    const inside = fc.array(fc.double({ min: 0, max: 5, noNaN: true, maxExcluded: true }), {
      minLength: 1,
      maxLength: 60,
    });
    const points = (values: readonly number[]) => values.map((value) => ({ value, weight: 1 }));
    const floored = (values: readonly number[]) =>
      points(values.map((value) => Math.max(...amounts.edges.filter((edge) => edge <= value))));
    fc.assert(
      fc.property(inside, inside, (before, now) => {
        const exact = wassersteinDistance(points(before), points(now));
        const binned = wassersteinDistance(floored(before), floored(now));
        expect(Math.abs(exact - binned)).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe('the drift score', () => {
  const histogram = fc
    .array(fc.nat(1_000), { minLength: 5, maxLength: 5 })
    .filter((counts) => counts.some((count) => count > 0))
    .map((counts): Histogram => ({ counts: counts.slice(0, 4), missing: counts[4] ?? 0 }));
  const bins: Bins = { kind: 'category', categories: ['a', 'b', 'c'] };
  const scoreOf = (before: Histogram, now: Histogram) =>
    driftScore(histogramDrift({ bins, histogram: before }, now) as FeatureDrift);

  test('the drift score is 0 for equal shares, 1 for nothing in common, and always in between', () => {
    fc.assert(
      fc.property(histogram, histogram, fc.integer({ min: 1, max: 50 }), (before, now, times) => {
        const score = scoreOf(before, now);
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(1);
        const same = { counts: before.counts.map((count) => count * times), missing: before.missing * times };
        expect(scoreOf(before, same)).toBeCloseTo(0, 7);
      }),
    );
    expect(scoreOf({ counts: [5, 7, 0, 0], missing: 0 }, { counts: [0, 0, 3, 1], missing: 2 })).toBe(1);
  });

  test('the drift score grows with the share of records from elsewhere', () => {
    fc.assert(
      fc.property(histogram, histogram, (before, elsewhere) => {
        // Ten parts in all. Each side is scaled by the other's total, so that both have the same weight.
        const total = ({ counts, missing }: Histogram) => counts.reduce((sum, count) => sum + count, missing);
        const mixed = (parts: number): Histogram => {
          const mix = (a: number, b: number) =>
            (10 - parts) * a * total(elsewhere) + parts * b * total(before);
          return {
            counts: before.counts.map((count, bin) => mix(count, elsewhere.counts[bin] ?? 0)),
            missing: mix(before.missing, elsewhere.missing),
          };
        };
        for (let parts = 0; parts < 10; parts++) {
          expect(scoreOf(before, mixed(parts + 1))).toBeGreaterThanOrEqual(
            scoreOf(before, mixed(parts)) - 1e-7,
          );
        }
      }),
    );
  });

  test('the overall score lies between the least and the greatest score, and grows with each', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), (all, which, more) => {
        const overall = overallDriftScore(all);
        expect(overall).toBeGreaterThanOrEqual(Math.min(...all) - 1e-12);
        expect(overall).toBeLessThanOrEqual(Math.max(...all) + 1e-12);
        const place = which % all.length;
        const raised = all.with(place, Math.max(all[place] ?? 0, more));
        expect(overallDriftScore(raised)).toBeGreaterThanOrEqual(overall - 1e-12);
      }),
    );
    expect(overallDriftScore([1, ...repeat(12, 0)])).toBeCloseTo(0.277, 3);
    expect(overallDriftScore([])).toBe(0);
  });
});
