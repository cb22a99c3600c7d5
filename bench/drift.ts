// Prints the tables of docs/adr/0015-drift.md: the drift of windows by size when nothing has drifted, and the
// drift of some changes without that noise. See README.md.

import { coversCycle, driftScore, overallDriftScore } from '../lambdas/fraud/measure-drift/drift-score.ts';
import { histogramDrift } from '../lambdas/fraud/measure-drift/histogram-drift.ts';
import shippedReference from '../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import {
  type FeatureReference,
  type Histogram,
  modelReferenceFrom,
} from '../lambdas/fraud/shared/model-reference.ts';
import { chance } from '../localstack/generator/random.ts';
import { mean, quantile } from './statistics.ts';

const dayMs = 86_400_000;
const features = [...modelReferenceFrom(shippedReference).features].filter(([name]) =>
  coversCycle(name, dayMs),
);

const totalOf = ({ counts, missing }: Histogram) => counts.reduce((sum, count) => sum + count, missing);

/** Draws values of a feature from its reference. */
function sample({ histogram }: FeatureReference, size: number, ...seeds: number[]): Histogram {
  const shares = [...histogram.counts, histogram.missing].map((count) => count / totalOf(histogram));
  const drawn = shares.map(() => 0);
  for (let each = 0; each < size; each++) {
    let left = chance(...seeds, each);
    let bin = 0;
    for (; bin < shares.length - 1 && left >= (shares[bin] as number); bin++) left -= shares[bin] as number;
    drawn[bin] = (drawn[bin] ?? 0) + 1;
  }
  return { counts: drawn.slice(0, -1), missing: drawn.at(-1) ?? 0 };
}

const shown = (value: number | undefined) => (value === undefined ? '–' : value.toFixed(3));

console.log(`${features.length} features; overall score: mean (p99); score and PSI of a feature: p99`);
for (const [size, runs] of [
  [200, 400],
  [500, 400],
  [1_200, 200],
  [2_000, 200],
  [10_000, 100],
] as const) {
  const windows = Array.from({ length: runs }, (_, run) =>
    features.map(([, reference], at) => histogramDrift(reference, sample(reference, size, run, at, size))),
  );
  const drifts = windows.flat().filter((drift) => drift !== undefined);
  const overall = windows.map((window) =>
    overallDriftScore(window.map((drift) => (drift ? driftScore(drift) : 0))),
  );
  const scoreP99 = quantile(drifts.map(driftScore), 0.99);
  const psis = drifts.map(({ psi }) => psi);
  console.log(
    `${size} transactions, ${runs} draws: overall ${shown(mean(overall))} (${shown(quantile(overall, 0.99))}), ` +
      `feature ${shown(scoreP99)}, PSI ${shown(quantile(psis, 0.99))}`,
  );
}

/** Moves all values up by a tenth of the ranks. Values beyond the last bin stay in it. */
function tenthUp(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const last = counts.findLastIndex((count) => count > 0);
  let before = 0;
  let moved = 0;
  return counts.map((count, bin) => {
    before += count;
    const upTo = bin >= last ? total : Math.max(0, before - total / 10);
    const own = upTo - moved;
    moved = upTo;
    return own;
  });
}

const swapped = (reference: FeatureReference, one: string, other: string) => {
  const { bins, histogram } = reference;
  if (bins.kind !== 'category') throw new Error('the feature is not a category');
  const [from, to] = [bins.categories.indexOf(one), bins.categories.indexOf(other)];
  return histogram.counts.map(
    (count, bin) => histogram.counts[bin === from ? to : bin === to ? from : bin] ?? count,
  );
};

const changes: [what: string, feature: string, change: (reference: FeatureReference) => Histogram][] = [
  [
    'a tenth of country is new',
    'country',
    ({ histogram: { counts, missing } }) => {
      const tenth = counts.reduce((sum, count) => sum + count, 0) / 10;
      return {
        counts: counts.map((count, bin) => count * 0.9 + (bin === counts.length - 1 ? tenth : 0)),
        missing,
      };
    },
  ],
  [
    'amount_log a tenth of the ranks up',
    'amount_log',
    ({ histogram }) => ({ ...histogram, counts: tenthUp(histogram.counts) }),
  ],
  [
    'channel: online and pos swapped',
    'channel',
    (reference) => ({ ...reference.histogram, counts: swapped(reference, 'online', 'pos') }),
  ],
  [
    'amount_vs_mean missing throughout',
    'amount_vs_mean',
    ({ histogram }) => ({ counts: histogram.counts.map(() => 0), missing: totalOf(histogram) }),
  ],
];
for (const [what, name, change] of changes) {
  const reference = features.find(([feature]) => feature === name)?.[1];
  const drift = reference && histogramDrift(reference, change(reference));
  if (!drift) throw new Error(`the reference has no feature ${name}`);
  const score = driftScore(drift);
  const overall = overallDriftScore(features.map(([feature]) => (feature === name ? score : 0)));
  console.log(
    `${what}: score ${shown(score)}, PSI ${shown(drift.psi)}, Wasserstein ${shown(drift.wasserstein)}, overall ${shown(overall)}`,
  );
}
