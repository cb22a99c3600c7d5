import type { Answer } from '../../shared/http/endpoint.ts';
import { type MetricSample, metricSamplesFromWire } from '../shared/metric-sample.ts';

export interface Ports {
  /** Sets each gauge to its newest sample. A sample whose id was seen before has no effect. */
  readonly setGauges: (samples: readonly MetricSample[]) => Promise<Outcome>;
  readonly now: () => number;
}

interface Outcome {
  /** Samples that were not seen before. */
  readonly taken: number;
  /** Gauges for which one of the taken samples is the newest. */
  readonly changed: number;
}

/** Sets gauges. A sample may come any number of times, in any order: the newest sample of a gauge wins. */
export const updateMetrics =
  ({ setGauges, now }: Ports) =>
  async (body: unknown): Promise<Answer> => {
    const outcome = await setGauges(metricSamplesFromWire(body, now()));
    return { status: 200, type: 'application/json', body: JSON.stringify(outcome) };
  };
