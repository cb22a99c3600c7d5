import type { ScoredTransaction } from '../../shared/wire/scored-transaction.ts';

/** A scored transaction, and the place of its record in Kafka. */
export interface Prediction extends ScoredTransaction {
  readonly partition: number;
  readonly offset: number;
}
