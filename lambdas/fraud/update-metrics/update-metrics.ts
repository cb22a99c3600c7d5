import type { Answer } from '../../shared/http/endpoint.ts';
import { type GaugeUpdate, gaugeUpdatesFromWire } from '../shared/gauge-update.ts';

export interface Ports {
  /** Sets each gauge to its newest value; an update whose id was seen before has no effect. */
  readonly setGauges: (updates: readonly GaugeUpdate[]) => Promise<Outcome>;
  readonly now: () => number;
}

interface Outcome {
  /** Updates that were not seen before. */
  readonly taken: number;
  /** Gauges that have another value or time than before: those of the updates taken that were the newest. */
  readonly changed: number;
}

/** Sets gauges. An update may be sent any number of times, in any order: the newest observation of a gauge stands. */
export const updateMetrics =
  ({ setGauges, now }: Ports) =>
  async (body: unknown): Promise<Answer> => {
    const outcome = await setGauges(gaugeUpdatesFromWire(body, now()));
    return { status: 200, type: 'application/json', body: JSON.stringify(outcome) };
  };
