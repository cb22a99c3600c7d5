import { type Maturity, maturities, outcomes } from '../../shared/metrics/maturities.ts';
import { gauges } from '../../shared/metrics/metrics.ts';
import type { Execution } from '../shared/execution.ts';
import { type MetricSample, sampleId } from '../shared/metric-sample.ts';
import { type Confusion, emptyConfusion, type Figures, figuresOf, totalOf } from './figures.ts';

export interface Ports {
  /** Recounts the rows of `model_evaluations` that new labels affect, and returns how many rows changed. */
  readonly recount: () => Promise<number>;
  /**
   * Counts the labelled transactions of the evaluated span by maturity. The span of a maturity ends its age
   * before `nowMs`.
   */
  readonly countLabelled: (nowMs: number) => Promise<ReadonlyMap<Maturity, Confusion>>;
  /**
   * Counts the newest labels of the evaluated span, whatever their maturity, by country, channel and merchant
   * category: the `mostSegments` with the most frauds and flagged transactions.
   */
  readonly countSegments: (nowMs: number) => Promise<readonly SegmentConfusion[]>;
}

export interface SegmentConfusion extends Confusion {
  readonly dimension: string;
  readonly segment: string;
}

/** All samples of an evaluation are one body of the API, which takes 200. */
export const mostSegments = 75;
/** Fewest labelled transactions behind a share of a segment. */
const leastCases = 10;

export interface Evaluation {
  /** Rows of counts that labels have changed since the last evaluation. */
  readonly restated: number;
  /** By maturity: the number of labelled transactions and, unless that is 0, the figures. */
  readonly byMaturity: Readonly<Record<string, { readonly labelled: number } & Partial<Figures>>>;
  readonly samples: readonly MetricSample[];
}

const gaugeOf = {
  precision: gauges.fraudModelPrecision.name,
  recall: gauges.fraudModelRecall.name,
  accuracy: gauges.fraudModelAccuracy.name,
  f1: gauges.fraudModelF1.name,
} as const satisfies Record<keyof Figures, string>;

const countOf = {
  true_positive: 'truePositives',
  false_positive: 'falsePositives',
  true_negative: 'trueNegatives',
  false_negative: 'falseNegatives',
} as const satisfies Record<(typeof outcomes)[number], keyof Confusion>;

/**
 * Evaluates the model on the labels known now, and returns the result as metric samples. A maturity without
 * labels has samples for its counts only.
 */
export async function evaluateModel(execution: Execution, ports: Ports): Promise<Evaluation> {
  const restated = await ports.recount();
  const counted = await ports.countLabelled(execution.startedAtMs);
  const evaluated = maturities.map((maturity) => {
    const confusion = counted.get(maturity) ?? emptyConfusion;
    return { maturity, confusion, figures: figuresOf(confusion) };
  });
  const byMaturity = Object.fromEntries(
    evaluated.map(({ maturity, confusion, figures }) => [
      maturity,
      { labelled: totalOf(confusion), ...figures },
    ]),
  );
  const segments = await ports.countSegments(execution.startedAtMs);
  const samples = [
    ...evaluated.flatMap((each) => samplesOf(execution, each)),
    ...segments.flatMap((each) => segmentSamples(execution, each)),
  ];
  return { restated, byMaturity, samples };
}

function samplesOf(
  { startedAtMs, executionId }: Execution,
  {
    maturity,
    confusion,
    figures,
  }: { maturity: Maturity; confusion: Confusion; figures: Figures | undefined },
): MetricSample[] {
  const sample = (name: string, labels: Record<string, string>, value: number): MetricSample => {
    const id = sampleId(executionId, name, ...Object.values(labels));
    return { id, name, labels, value, observedAtMs: startedAtMs };
  };
  const shares = Object.entries(figures ?? {}).map(([figure, value]) =>
    sample(gaugeOf[figure as keyof Figures], { maturity }, value),
  );
  const counts = outcomes.map((outcome) =>
    sample(gauges.fraudModelLabelledTransactions.name, { maturity, outcome }, confusion[countOf[outcome]]),
  );
  return [...shares, ...counts];
}

/** A share of fewer than `leastCases` transactions tells nothing, and has no sample. */
function segmentSamples(
  { startedAtMs, executionId }: Execution,
  { dimension, segment, truePositives, falsePositives, falseNegatives }: SegmentConfusion,
): MetricSample[] {
  return [
    { name: gauges.fraudModelSegmentPrecision.name, of: truePositives + falsePositives },
    { name: gauges.fraudModelSegmentRecall.name, of: truePositives + falseNegatives },
  ].flatMap(({ name, of }) => {
    if (of < leastCases) return [];
    const labels = { dimension, segment };
    const id = sampleId(executionId, name, dimension, segment);
    return [{ id, name, labels, value: truePositives / of, observedAtMs: startedAtMs }];
  });
}
