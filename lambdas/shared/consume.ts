import type { Database, Query } from './database.ts';
import { advance, claimFresh, type FreshRecords } from './exactly-once.ts';
import { decodeKafkaEvent, type KafkaEvent, type PartitionRecords } from './kafka-event.ts';
import type { Log } from './log.ts';

export interface Consumer<Effect extends object> {
  /** The consumer group, under which the ledger is kept. */
  readonly name: string;
  readonly database: Pick<Database, 'transaction'>;
  /** Does the work, each record once. What it counts is logged. What it throws keeps the batch where it is. */
  readonly apply: (partitions: readonly FreshRecords[], query: Query) => Promise<Effect>;
  /** What must not happen unless the work is committed. */
  readonly afterCommit?: (effect: Effect) => Promise<void>;
  readonly log: Log;
}

/** The loop over Kafka records: one transaction per event, in which the effects and the ledger's advance stand or fall together. */
export function consume<Effect extends object>({
  name,
  database,
  apply,
  afterCommit,
  log,
}: Consumer<Effect>) {
  return async (event: KafkaEvent): Promise<void> => {
    const startedAt = performance.now();
    const partitions = decodeKafkaEvent(event);

    const { fresh, effect } = await database.transaction(async (query) => {
      const fresh = await claimFresh(query, name, partitions);
      const effect = await apply(fresh, query);
      await advance(query, name, partitions);
      return { fresh, effect };
    });
    await afterCommit?.(effect);

    const records = countRecords(partitions);
    const skipped = records - countRecords(fresh);
    log.info('batch', { records, skipped, ...effect, ms: Math.round(performance.now() - startedAt) });
  };
}

const countRecords = (partitions: readonly PartitionRecords[]) =>
  partitions.reduce((sum, { records }) => sum + records.length, 0);
