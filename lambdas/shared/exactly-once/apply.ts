import type { KafkaRecord } from '../kafka/kafka-event.ts';
import type { Query } from '../postgres/database.ts';
import type { FreshRecords } from './exactly-once.ts';

/**
 * The work of a consumer on a batch. It gets each record once, and runs in the transaction of the ledger. Its
 * result is logged. An error that it throws rolls everything back, and Lambda delivers the batch again.
 */
export type Apply<Effect> = (
  partitions: readonly FreshRecords[],
  query: Query,
  /**
   * Leaves one record out for now: it comes back to this consumer later. Only for a consumer with `retry`.
   */
  defer: (record: KafkaRecord, cause: Error) => void,
) => Promise<Effect>;
