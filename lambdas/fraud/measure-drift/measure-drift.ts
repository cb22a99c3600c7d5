import { gauges } from '../../shared/metrics/metrics.ts';
import type { MetricSample } from '../shared/metric-sample.ts';
import { binCount, type Histogram, type ModelReference } from '../shared/model-reference.ts';
import { coversCycle, driftScore, overallDriftScore } from './drift-score.ts';
import { histogramDrift } from './histogram-drift.ts';
import type { FeatureDrift } from './sample-drift.ts';

/** Counts of the features in a span of time, for the model that scored last in it. */
export interface WindowCounts {
  readonly modelVersion: string;
  readonly transactions: number;
  readonly features: ReadonlyMap<string, Histogram>;
}

export interface DriftRules {
  readonly windowMs: number;
  /**
   * Fewest transactions to measure. The smaller two samples of one distribution are, the more they differ.
   */
  readonly leastTransactions: number;
}

export interface Ports {
  /** Counts from `fromMs` on, and before `toMs`; undefined when there are none. */
  readonly countsOf: (span: { fromMs: number; toMs: number }) => Promise<WindowCounts | undefined>;
  readonly referenceOf: (modelVersion: string) => Promise<ModelReference | undefined>;
  readonly send: (samples: readonly MetricSample[]) => Promise<void>;
}

/**
 * Measures how far the transactions of the window that ends now have drifted from the training data of their
 * model, and sends the result as metric samples.
 */
export async function measureDrift(
  nowMs: number,
  { windowMs, leastTransactions }: DriftRules,
  { countsOf, referenceOf, send }: Ports,
) {
  const counts = await countsOf({ fromMs: nowMs - windowMs, toMs: nowMs });
  const { modelVersion, transactions = 0, features } = counts ?? {};
  const samples = [metricSample(nowMs, gauges.fraudModelDriftTransactions.name, transactions)];
  if (modelVersion === undefined || !features || transactions < leastTransactions) {
    await send(samples);
    return { modelVersion, transactions };
  }
  const reference = await referenceOf(modelVersion);
  if (!reference)
    throw new Error(
      `Measuring drift of ${transactions} transactions failed: ${modelVersion} has no reference`,
    );

  const drifts = [...reference.features].flatMap(([feature, expected]) => {
    const found = features.get(feature);
    if (!found) return [];
    const [bins, counted] = [binCount(expected.bins), found.counts.length];
    if (bins !== counted)
      throw new Error(
        `Measuring drift failed: ${feature} of ${modelVersion} was counted in ${counted} bins, its reference has ${bins}`,
      );
    const drift = histogramDrift(expected, found);
    return drift ? [{ feature, drift }] : [];
  });
  const overall = overallDriftScore(
    drifts.filter(({ feature }) => coversCycle(feature, windowMs)).map(({ drift }) => driftScore(drift)),
  );
  await send([
    ...samples,
    metricSample(nowMs, gauges.fraudModelFeatureDrift.name, overall, 'overall'),
    ...drifts.flatMap(({ feature, drift }) => featureSamples(nowMs, feature, drift)),
  ]);
  return { modelVersion, transactions, features: drifts.length, overall };
}

const featureSamples = (nowMs: number, feature: string, drift: FeatureDrift): MetricSample[] =>
  [
    { gauge: gauges.fraudModelFeatureDrift, value: driftScore(drift) },
    { gauge: gauges.fraudModelFeaturePsi, value: drift.psi },
    { gauge: gauges.fraudModelFeatureWasserstein, value: drift.wasserstein },
    { gauge: gauges.fraudModelFeatureJensenShannon, value: drift.jensenShannon },
  ].flatMap(({ gauge: { name }, value }) =>
    value === undefined ? [] : metricSample(nowMs, name, value, feature),
  );

function metricSample(observedAtMs: number, name: string, value: number, feature?: string): MetricSample {
  const series = name.replace(/^fraud_model_(feature_)?/, '').replace('jensen_shannon', 'js');
  return {
    // The series name is shortened above, because an id has at most 64 characters.
    id: [series, ...(feature === undefined ? [] : [feature]), observedAtMs].join(':'),
    name,
    labels: feature === undefined ? {} : { feature },
    value,
    observedAtMs,
  };
}

/**
 * The time of a scheduled event, which stays the same if it is delivered again; `nowMs` for any other caller.
 */
export function scheduledTimeOf(event: unknown, nowMs: number): number {
  const { time } = Object(event) as { time?: unknown };
  if (time === undefined) return nowMs;
  const ms = Date.parse(String(time));
  if (Number.isNaN(ms))
    throw new Error(`Measuring drift failed: the event's time is "${time}", expected RFC 3339`);
  return ms;
}
