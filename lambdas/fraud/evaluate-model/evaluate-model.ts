import { createHash } from 'node:crypto';
import { type Maturity, maturities, outcomes } from '../../shared/metrics/maturities.ts';
import { gauges } from '../../shared/metrics/metrics.ts';
import type { MetricSample } from '../shared/metric-sample.ts';
import { type Confusion, type Figures, figuresOf, nothingJudged, totalOf } from './figures.ts';

export interface Request {
  /** The time that the figures are of. */
  readonly nowMs: number;
  /** Of the execution that asks: with it the same observation has the same id, however often it is made. */
  readonly executionId: string;
}

export interface Ports {
  /** Counts anew what labels that came have changed; returns how many rows are others now. */
  readonly recount: () => Promise<number>;
  /** What was said within the span before the time, up to the age of the maturity, and how it turned out. */
  readonly countJudged: (nowMs: number) => Promise<ReadonlyMap<Maturity, Confusion>>;
}

export interface Evaluation {
  readonly restated: number;
  /** Labelled transactions, and figures if there are any, by maturity. */
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

/** Judges the model by the labels that are known now, and says so as gauges. Of a maturity without labels only the counts are sent. */
export async function evaluateModel({ nowMs, executionId }: Request, ports: Ports): Promise<Evaluation> {
  const restated = await ports.recount();
  const counted = await ports.countJudged(nowMs);
  const evaluated = maturities.map((maturity) => {
    const confusion = counted.get(maturity) ?? nothingJudged;
    return { maturity, confusion, figures: figuresOf(confusion) };
  });
  const samples = evaluated.flatMap(({ maturity, confusion, figures }) => {
    const sample = (name: string, labels: Record<string, string>, value: number): MetricSample => {
      const id = idOf(executionId, name, ...Object.values(labels));
      return { id, name, labels, value, observedAtMs: nowMs };
    };
    const shares = Object.entries(figures ?? {}).map(([figure, value]) =>
      sample(gaugeOf[figure as keyof Figures], { maturity }, value),
    );
    const counts = outcomes.map((outcome) =>
      sample(gauges.fraudModelLabelledTransactions.name, { maturity, outcome }, confusion[countOf[outcome]]),
    );
    return [...shares, ...counts];
  });
  const byMaturity = Object.fromEntries(
    evaluated.map(({ maturity, confusion, figures }) => [
      maturity,
      { labelled: totalOf(confusion), ...figures },
    ]),
  );
  return { restated, byMaturity, samples };
}

const idOf = (...parts: string[]) => createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 32);

/** Reads what the workflow gives. @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
  const { startedAt, executionId } = Object(event) as Record<string, unknown>;
  const nowMs = Date.parse(String(startedAt));
  if (Number.isNaN(nowMs)) throw new Error(`startedAt is "${startedAt}", expected a time`);
  if (typeof executionId !== 'string' || executionId === '') throw new Error('executionId is missing');
  return { nowMs, executionId };
}
