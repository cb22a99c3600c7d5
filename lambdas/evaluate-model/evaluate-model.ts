import { type Maturity, maturities, outcomes } from '../shared/maturities.ts';
import { type Confusion, type Figures, figuresOf, totalOf } from './figures.ts';

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

/** A gauge that was observed, as `POST /update_metrics` takes it. */
interface MetricUpdate {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly observedAt: string;
  readonly id: string;
}

export interface Evaluation {
  readonly restated: number;
  /** Labelled transactions, and figures if there are any, by maturity. */
  readonly byMaturity: Readonly<Record<string, { readonly labelled: number } & Partial<Figures>>>;
  readonly updates: readonly MetricUpdate[];
}

const nobody: Confusion = { truePositives: 0, falsePositives: 0, trueNegatives: 0, falseNegatives: 0 };

const gaugeOf = {
  precision: 'fraud_model_precision',
  recall: 'fraud_model_recall',
  accuracy: 'fraud_model_accuracy',
  f1: 'fraud_model_f1',
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
  const observedAt = new Date(nowMs).toISOString();
  const evaluated = maturities.map((maturity) => {
    const confusion = counted.get(maturity) ?? nobody;
    return { maturity, confusion, figures: figuresOf(confusion) };
  });
  const updates = evaluated.flatMap(({ maturity, confusion, figures }) => {
    const update = (name: string, labels: Record<string, string>, value: number): MetricUpdate => {
      const id = [executionId, name, ...Object.values(labels)].join('/');
      return { name, labels, value, observedAt, id };
    };
    const shares = Object.entries(figures ?? {}).map(([figure, value]) =>
      update(gaugeOf[figure as keyof Figures], { maturity }, value),
    );
    const counts = outcomes.map((outcome) =>
      update('fraud_model_labelled_transactions', { maturity, outcome }, confusion[countOf[outcome]]),
    );
    return [...shares, ...counts];
  });
  const byMaturity = Object.fromEntries(
    evaluated.map(({ maturity, confusion, figures }) => [
      maturity,
      { labelled: totalOf(confusion), ...figures },
    ]),
  );
  return { restated, byMaturity, updates };
}

/** Reads what the workflow gives. @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
  const { startedAt, executionId } = Object(event) as Record<string, unknown>;
  const nowMs = Date.parse(String(startedAt));
  if (Number.isNaN(nowMs)) throw new Error(`startedAt is "${startedAt}", expected a time`);
  if (typeof executionId !== 'string' || executionId === '') throw new Error('executionId is missing');
  return { nowMs, executionId };
}
