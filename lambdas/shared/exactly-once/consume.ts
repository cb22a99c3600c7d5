import type { Log } from '../aws/log.ts';
import { isOutage } from '../failures/failures.ts';
import { decodeKafkaEvent, type KafkaEvent, type PartitionRecords } from '../kafka/kafka-event.ts';
import type { Database } from '../postgres/database.ts';
import type { Deferred } from '../retry/retry-topic.ts';
import type { Apply } from './apply.ts';
import { claimFresh, LedgerBehind, leap } from './exactly-once.ts';
import { isolating } from './isolate.ts';

export interface Consumer<Effect extends object> {
  /** The consumer group, under which the ledger is kept. */
  readonly name: string;
  readonly database: Pick<Database, 'transaction'>;
  readonly apply: Apply<Effect>;
  /** What must not happen unless the work is committed. */
  readonly afterCommit?: (effect: Effect) => Promise<void>;
  /**
   * Returns when the deferred records are safe on `retry-data`. With it, a record that fails while the others go through
   * is found and deferred, so `apply` must have no effect but by its query.
   */
  readonly retry?: (deferred: readonly Deferred[]) => Promise<void>;
  readonly log: Log;
}

/**
 * The loop over Kafka records: one transaction per event, in which the effects and the ledger's advance stand or fall
 * together. A deferred record is on `retry-data` before its deferral is committed; should the commit fail, its copy there is
 * one that nobody awaits.
 */
export function consume<Effect extends object>({
  name,
  database,
  apply,
  afterCommit,
  retry,
  log,
}: Consumer<Effect>) {
  const applyOnce = async (partitions: readonly PartitionRecords[], work: Apply<Effect>) => {
    const attempt = () => applyClaimed(partitions, work);
    return attempt().catch(async (error) => {
      if (!(error instanceof LedgerBehind)) throw error;
      await database.transaction((query) => leap(query, name, partitions));
      return attempt();
    });
  };

  const applyClaimed = (partitions: readonly PartitionRecords[], work: Apply<Effect>) =>
    database.transaction(async (query) => {
      const { fresh, advance } = await claimFresh(query, name, partitions);
      const deferred: Deferred[] = [];
      const effect = await work(fresh, query, (record, cause) => void deferred.push({ record, cause }));
      if (deferred.length > 0) await sendToRetry(deferred);
      await advance(deferred.map(({ record }) => record));
      return { fresh, effect, deferred: deferred.length };
    });

  const sendToRetry = async (deferred: readonly Deferred[]) => {
    if (!retry) throw new Error(`${name} defers a record, but has no way to retry it`);
    await retry(deferred);
  };

  return async (event: KafkaEvent): Promise<void> => {
    const startedAt = performance.now();
    const partitions = decodeKafkaEvent(event);

    const { fresh, effect, deferred } = await applyOnce(partitions, apply).catch((error) => {
      if (!retry || isOutage(error)) throw error;
      log.error('a record failed: looking for it', { error });
      return applyOnce(partitions, isolating(apply));
    });
    await afterCommit?.(effect);

    const records = countRecords(partitions);
    const skipped = records - countRecords(fresh);
    const ms = Math.round(performance.now() - startedAt);
    log.info('batch', { records, skipped, ...(deferred > 0 ? { deferred } : {}), ...effect, ms });
  };
}

const countRecords = (partitions: readonly PartitionRecords[]) =>
  partitions.reduce((sum, { records }) => sum + records.length, 0);
