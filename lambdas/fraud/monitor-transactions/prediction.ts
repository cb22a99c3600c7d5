import type { ShadowOutcome } from '../../shared/metrics/shadow.ts';
import type { ScoredTransaction } from '../../shared/wire/scored-transaction.ts';

/** A scored transaction, and the place of its record in Kafka. */
export interface Prediction extends ScoredTransaction {
  readonly partition: number;
  readonly offset: number;
  /** What the challenger says of it; undefined while there is none. */
  readonly shadow?: Shadow;
}

export interface Shadow {
  readonly version: string;
  readonly outcome: ShadowOutcome;
  /** Undefined unless the outcome is `scored`. */
  readonly verdict?: { readonly score: number; readonly fraud: boolean };
}
