import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  jensenShannonDistance,
  wassersteinDistance,
} from '../../../../../lambdas/fraud/measure-drift/distances.ts';
import { histogramDrift } from '../../../../../lambdas/fraud/measure-drift/histogram-drift.ts';
import {
  type FeatureDrift,
  sampleCategoryDrift,
  sampleDrift,
} from '../../../../../lambdas/fraud/measure-drift/sample-drift.ts';
import type { Bins } from '../../../../../lambdas/fraud/shared/model-reference.ts';
import { countedIn } from './counted.ts';

interface NumberCase {
  readonly kind: 'number';
  readonly reference: readonly (number | null)[];
  readonly current: readonly (number | null)[];
  readonly edges: readonly number[];
  readonly samples: FeatureDrift;
  readonly binned: FeatureDrift;
  readonly scipyWasserstein: number;
}
interface CategoryCase {
  readonly kind: 'category';
  readonly reference: readonly (string | null)[];
  readonly current: readonly (string | null)[];
  readonly categories: readonly string[];
  readonly samples: FeatureDrift;
  readonly binned: FeatureDrift;
}
interface WeightedCase {
  readonly p: readonly number[];
  readonly q: readonly number[];
  readonly u: readonly number[];
  readonly v: readonly number[];
  readonly jensenShannon: number;
  readonly wasserstein: number;
}

/** Computed with SciPy and Evidently by make_golden.py, in the same folder. */
const golden: {
  readonly features: readonly (NumberCase | CategoryCase)[];
  readonly weighted: readonly WeightedCase[];
} = JSON.parse(readFileSync(new URL('../../../../golden/drift/cases.json', import.meta.url), 'utf8'));

const isNumeric = (each: NumberCase | CategoryCase): each is NumberCase => each.kind === 'number';
const numeric = golden.features.filter(isNumeric);

/** Matches to 1e-9: absolute for numbers below 1, relative for larger ones. */
const closeTo = (expected: number) => ({
  asymmetricMatch: (found: unknown) =>
    Math.abs(Number(found) - expected) <= 1e-9 * Math.max(1, Math.abs(expected)),
  toString: () => `${expected} to 1e-9`,
});
const figuresOf = ({ psi, jensenShannon, wasserstein }: FeatureDrift) => ({
  psi: closeTo(psi),
  jensenShannon: closeTo(jensenShannon),
  wasserstein: closeTo(Number(wasserstein)),
});

const binsOf = (each: NumberCase | CategoryCase): Bins =>
  each.kind === 'number'
    ? { kind: 'number', edges: each.edges }
    : { kind: 'category', categories: each.categories };

test.each(golden.features.map((each, place) => [place, each] as const))(
  'case %i: the drift of samples equals that of Evidently and SciPy',
  (_, each) => {
    const drift = isNumeric(each)
      ? sampleDrift(each.reference, each.current)
      : sampleCategoryDrift(each.reference, each.current);
    expect(drift).toEqual(figuresOf(each.samples));
  },
);

test.each(golden.features.map((each, place) => [place, each] as const))(
  'case %i: the drift of histograms equals that of Evidently and SciPy for the binned values',
  (_, each) => {
    const bins = binsOf(each);
    const reference = { bins, histogram: countedIn(bins, each.reference) };
    expect(histogramDrift(reference, countedIn(bins, each.current))).toEqual(figuresOf(each.binned));
  },
);

test.each(numeric.map((each, place) => [place, each] as const))(
  "numbers %i: the Wasserstein distance, before normalisation, equals SciPy's",
  (_, { reference, current, scipyWasserstein }) => {
    const points = (values: readonly (number | null)[]) =>
      values.flatMap((value) => (value === null ? [] : [{ value, weight: 1 }]));
    expect(wassersteinDistance(points(reference), points(current))).toEqual(closeTo(scipyWasserstein));
  },
);

test('the distances of weighted values equal those of SciPy', () => {
  for (const { p, q, u, v, jensenShannon, wasserstein } of golden.weighted) {
    expect(jensenShannonDistance(p, q)).toEqual(closeTo(jensenShannon));
    const points = (values: readonly number[], weights: readonly number[]) =>
      values.map((value, place) => ({ value, weight: weights[place] ?? 0 }));
    expect(wassersteinDistance(points(u, p), points(v, q))).toEqual(closeTo(wasserstein));
  }
});

test('the golden cases cover every way of binning', () => {
  const distinct = numeric.map(({ reference }) => new Set(reference.filter((value) => value !== null)).size);
  expect(golden.features.length).toBeGreaterThanOrEqual(200);
  expect(golden.weighted.length).toBeGreaterThanOrEqual(60);
  // More than 20 distinct numbers go into Sturges' bins; otherwise each number is a bin.
  expect(distinct.filter((count) => count > 20).length).toBeGreaterThan(50);
  expect(distinct.filter((count) => count <= 20).length).toBeGreaterThan(50);
  expect(distinct.filter((count) => count === 1).length).toBeGreaterThan(5);
});
