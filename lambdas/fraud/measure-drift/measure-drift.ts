import { type Gauge, gauges } from '../../shared/metrics/metrics.ts';
import { shadowModels } from '../../shared/metrics/shadow.ts';
import { beyondBands } from '../shared/drift-bands.ts';
import { type MetricSample, sampleId } from '../shared/metric-sample.ts';
import {
  binCount,
  type FeatureReference,
  type Histogram,
  type ModelReference,
} from '../shared/model-reference.ts';
import { figuresAmong } from '../shared/own-metrics.ts';
import { coversCycle, driftScore, overallDriftScore } from './drift-score.ts';
import { histogramDrift } from './histogram-drift.ts';
import type { FeatureDrift } from './sample-drift.ts';
import { estimatedFigures, scoreDrift, type WindowScores } from './score-figures.ts';
import { type SegmentDrift, segmentDrifts } from './segment-drift.ts';
import type { WindowSegment } from './segments-table.ts';
import { scoreShift, shadowScores } from './shadow-figures.ts';

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
  readonly scoresOf: (
    span: { fromMs: number; toMs: number },
    modelVersion: string,
  ) => Promise<readonly WindowScores[]>;
  readonly segmentsOf: (
    span: { fromMs: number; toMs: number },
    modelVersion: string,
  ) => Promise<readonly WindowSegment[]>;
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
  { countsOf, scoresOf, segmentsOf, referenceOf, send }: Ports,
) {
  const span = { fromMs: nowMs - windowMs, toMs: nowMs };
  const sample = samplesAt(nowMs);
  const counts = await countsOf(span);
  const { modelVersion, transactions = 0, features } = counts ?? {};
  const samples = [{ ...sample(gauges.fraudModelDriftTransactions, {}, undefined), value: transactions }];
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
    return drift ? [{ feature, drift, excess: excessOf(expected, found) }] : [];
  });
  const overall = overallDriftScore(
    drifts.filter(({ feature }) => coversCycle(feature, windowMs)).map(({ drift }) => driftScore(drift)),
  );
  const scores = await scoresOf(span, modelVersion);
  const segments = segmentDrifts(await segmentsOf(span, modelVersion), reference, {
    windowMs,
    leastTransactions,
  });
  const measured = [
    ...samples,
    sample(gauges.fraudModelFeatureDrift, { feature: 'overall' }, overall),
    ...drifts.flatMap(({ feature, drift }) =>
      Object.entries(figuresOf(drift)).map(([name, value]) =>
        sample(featureGauges[name as keyof typeof featureGauges], { feature }, value),
      ),
    ),
    ...drifts.flatMap(({ feature, excess }) => [
      sample(gauges.fraudModelFeatureMissing, { feature }, excess.missing),
      sample(gauges.fraudModelFeatureUnseen, { feature }, excess.unseen),
    ]),
    ...scores.flatMap((each) => scoreSamples(each, reference, leastTransactions, sample)),
    ...segments.flatMap((each) => segmentSamples(each, sample)),
    ...shadowSamples(scores, reference, leastTransactions, sample),
  ].filter(({ value }) => value !== undefined) as MetricSample[];
  await send(measured);
  return {
    modelVersion,
    transactions,
    features: drifts.length,
    overall,
    beyond: beyondBands(measured),
    figures: figuresAmong(measured),
  };
}

const featureGauges = {
  score: gauges.fraudModelFeatureDrift,
  psi: gauges.fraudModelFeaturePsi,
  wasserstein: gauges.fraudModelFeatureWasserstein,
  jensenShannon: gauges.fraudModelFeatureJensenShannon,
};

const figuresOf = (drift: FeatureDrift) => ({ score: driftScore(drift), ...drift });

/** By how much the shares of missing values and of unseen categories exceed those of the training data. */
export function excessOf({ bins, histogram: expected }: FeatureReference, found: Histogram) {
  const shares = ({ counts, missing }: Histogram) => {
    const total = counts.reduce((sum, count) => sum + count, missing);
    return { missing: missing / total, unseen: (counts.at(-1) ?? 0) / total };
  };
  const [now, before] = [shares(found), shares(expected)];
  return {
    missing: now.missing - before.missing,
    unseen: bins.kind === 'category' ? now.unseen - before.unseen : undefined,
  };
}

function scoreSamples(
  scores: WindowScores,
  { score }: ModelReference,
  leastTransactions: number,
  sample: SampleOf,
) {
  const { dimension, segment, transactions } = scores;
  if (dimension === 'champion' || dimension === 'challenger' || dimension === 'disagreement') return [];
  const { precision, recall } = estimatedFigures(scores);
  const drift = transactions < leastTransactions ? undefined : scoreDrift(score, scores);
  if (dimension === 'all')
    return [
      sample(gauges.fraudModelScoreDrift, {}, drift),
      sample(gauges.fraudModelEstimatedPrecision, {}, precision),
      sample(gauges.fraudModelEstimatedRecall, {}, recall),
    ];
  const labels = { dimension, segment };
  return [
    sample(gauges.fraudModelSegmentScoreDrift, labels, drift),
    sample(gauges.fraudModelSegmentEstimatedPrecision, labels, precision),
    sample(gauges.fraudModelSegmentEstimatedRecall, labels, recall),
  ];
}

function segmentSamples(
  { dimension, segment, transactions, overall, features }: SegmentDrift,
  sample: SampleOf,
) {
  const labels = { dimension, segment };
  return [
    sample(gauges.fraudModelSegmentTransactions, labels, transactions),
    sample(gauges.fraudModelSegmentFeatureDrift, { ...labels, feature: 'overall' }, overall),
    ...features.map(({ feature, drift }) =>
      sample(gauges.fraudModelSegmentFeatureDrift, { ...labels, feature }, drift),
    ),
  ];
}

function shadowSamples(
  scores: readonly WindowScores[],
  { score }: ModelReference,
  leastTransactions: number,
  sample: SampleOf,
): Sample[] {
  const shadow = shadowScores(scores);
  if (!shadow) return [];
  const { transactions } = shadow.challenger;
  const counted = sample(gauges.fraudShadowWindow, {}, transactions);
  if (transactions < leastTransactions) return [counted];
  return [
    counted,
    sample(gauges.fraudShadowDisagreement, {}, shadow.disagreement),
    sample(gauges.fraudShadowScoreDrift, {}, scoreShift(score, shadow)),
    ...shadowModels.flatMap((model) => {
      const { precision, recall } = estimatedFigures(shadow[model]);
      return [
        sample(gauges.fraudShadowEstimatedPrecision, { model }, precision),
        sample(gauges.fraudShadowEstimatedRecall, { model }, recall),
      ];
    }),
  ];
}

type Sample = Omit<MetricSample, 'value'> & { readonly value: number | undefined };
type SampleOf = (gauge: Gauge, labels: Record<string, string>, value: number | undefined) => Sample;

/** The id of a sample consists of its gauge, labels and time, so that a repeated measurement has the same. */
const samplesAt =
  (observedAtMs: number): SampleOf =>
  ({ name }, labels, value) => ({
    id: sampleId(name, ...Object.values(labels), String(observedAtMs)),
    name,
    labels,
    value,
    observedAtMs,
  });

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
