import { gauges } from '../../shared/metrics/metrics.ts';
import type { MetricSample } from './metric-sample.ts';

/** Features that differ from the reference in every window that is shorter than their cycle. */
export const cyclicFeatures = ['hour_of_day', 'day_of_week'] as const;

interface Band {
  readonly noise: number;
  readonly least: number;
}

/**
 * When a difference from the training data is no chance any more. A window of n transactions that has not
 * drifted stays below noise / √n: docs/adr/0015-drift.md. That is twice as wide as independent transactions
 * need, since those of an account are related. `least` is a difference that is worth a look, however many
 * transactions show it.
 */
export const driftBands = {
  overall: { noise: 4, least: 0.1 },
  feature: { noise: 8, least: 0.25 },
  score: { noise: 6.5, least: 0.2 },
  missing: { noise: 3.6, least: 0.05 },
  unseen: { noise: 1.5, least: 0.02 },
  segment: { noise: 5, least: 0.2 },
} as const satisfies Record<string, Band>;
export type Warning = keyof typeof driftBands;

/** The metric of CloudWatch that counts what lies beyond the band of each warning. */
export const warningMetrics = {
  overall: 'DriftOverall',
  feature: 'DriftOfFeatures',
  score: 'DriftOfScores',
  missing: 'FeaturesMissing',
  unseen: 'CategoriesUnseen',
  segment: 'DriftOfSegments',
} as const satisfies Record<Warning, string>;

export const bandEnd = ({ noise, least }: Band, transactions: number): number =>
  Math.max(noise / Math.sqrt(transactions), least);

/** How many samples of a measurement lie beyond the band of each warning. */
export function beyondBands(samples: readonly MetricSample[]): Record<Warning, number> {
  const transactionsOf = transactionsBehind(samples);
  const beyond = { overall: 0, feature: 0, score: 0, missing: 0, unseen: 0, segment: 0 };
  for (const sample of samples) {
    const warning = warningOf(sample.name, sample.labels.feature);
    if (warning && sample.value > bandEnd(driftBands[warning], transactionsOf(sample))) beyond[warning]++;
  }
  return beyond;
}

/** The transactions behind a sample: those of its segment, or of the window. */
export function transactionsBehind(samples: readonly MetricSample[]) {
  const counts = new Map(
    samples.flatMap(({ name, labels: { segment = '' }, value }) =>
      name === gauges.fraudModelDriftTransactions.name || name === gauges.fraudModelSegmentTransactions.name
        ? [[segment, value]]
        : [],
    ),
  );
  // No segment of one dimension has the name of a segment of another one.
  return ({ labels: { segment = '' } }: Pick<MetricSample, 'labels'>) => counts.get(segment) ?? 0;
}

/** The warning that a sample belongs to. */
export function warningOf(name: string, feature: string | undefined): Warning | undefined {
  if (name === gauges.fraudModelScoreDrift.name) return 'score';
  if (name === gauges.fraudModelFeatureMissing.name) return 'missing';
  if (name === gauges.fraudModelFeatureUnseen.name) return 'unseen';
  if (name === gauges.fraudModelSegmentFeatureDrift.name)
    return feature === 'overall' ? 'segment' : undefined;
  if (name !== gauges.fraudModelFeatureDrift.name) return undefined;
  if (feature === 'overall') return 'overall';
  return cyclicFeatures.some((each) => each === feature) ? undefined : 'feature';
}
