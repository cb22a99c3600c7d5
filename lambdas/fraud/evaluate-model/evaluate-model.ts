import { type Maturity, maturities, outcomes } from '../../shared/metrics/maturities.ts';
import { type Gauge, gauges } from '../../shared/metrics/metrics.ts';
import { shadowModels } from '../../shared/metrics/shadow.ts';
import type { Execution } from '../shared/execution.ts';
import { type MetricSample, sampleId } from '../shared/metric-sample.ts';
import { fallen } from './fallen.ts';
import { type Confusion, emptyConfusion, type Figures, figuresOf, totalOf } from './figures.ts';
import { judgeShadow, type ShadowVerdicts } from './shadow-pairs.ts';

export interface Ports {
  /** Length of the evaluated span. */
  readonly spanMs: number;
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
  /**
   * Counts the verdicts of the model in use and of the challenger on the newest labels of the evaluated span.
   * Empty when the newest transaction has no challenger.
   */
  readonly countShadow: (nowMs: number) => Promise<readonly ShadowVerdicts[]>;
}

export interface SegmentConfusion extends Confusion {
  readonly dimension: string;
  readonly segment: string;
}

/** All samples of an evaluation are one body of the API, which takes 200. */
export const mostSegments = 75;
/** Fewest labelled transactions behind a share of a segment, or of a model in shadow. */
const leastCases = 10;

export interface Evaluation {
  /** Rows of counts that labels have changed since the last evaluation. */
  readonly restated: number;
  /** By maturity: the number of labelled transactions and, unless that is 0, the figures. */
  readonly byMaturity: Readonly<Record<string, { readonly labelled: number } & Partial<Figures>>>;
  readonly samples: readonly MetricSample[];
  /** For how many maturities precision and recall are lower than in the span before, by more than chance. */
  readonly fallen: { readonly precision: number; readonly recall: number };
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
  const before = await ports.countLabelled(execution.startedAtMs - ports.spanMs);
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
  const shadow = judgeShadow(await ports.countShadow(execution.startedAtMs));
  const samples = [
    ...evaluated.flatMap((each) => samplesOf(execution, each)),
    ...segments.flatMap((each) => segmentSamples(execution, each)),
    ...(shadow ? shadowSamples(execution, shadow) : []),
  ];
  return { restated, byMaturity, samples, fallen: fallen(counted, before) };
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

/** The difference of the two F1 needs as many cases as the shares that it is made of. */
function shadowSamples(
  { startedAtMs, executionId }: Execution,
  shadow: NonNullable<ReturnType<typeof judgeShadow>>,
): MetricSample[] {
  const sample = ({ name }: Gauge, labels: Record<string, string>, value: number): MetricSample => {
    const id = sampleId(executionId, name, ...Object.values(labels));
    return { id, name, labels, value, observedAtMs: startedAtMs };
  };
  const shares = shadowModels.flatMap((model) => {
    const { precision, recall, confusion } = shadow[model];
    const { truePositives, falsePositives, falseNegatives } = confusion;
    return [
      {
        of: truePositives + falsePositives,
        sample: sample(gauges.fraudShadowPrecision, { model }, precision),
      },
      { of: truePositives + falseNegatives, sample: sample(gauges.fraudShadowRecall, { model }, recall) },
    ];
  });
  const { low, gain, high } = shadow.gain;
  const enough = shares.filter(({ of }) => of >= leastCases);
  return [
    sample(gauges.fraudShadowLabelledTransactions, {}, shadow.labelled),
    ...enough.map((share) => share.sample),
    ...(enough.length < shares.length
      ? []
      : Object.entries({ low, estimate: gain, high }).map(([bound, value]) =>
          sample(gauges.fraudShadowGain, { bound }, value),
        )),
  ];
}
