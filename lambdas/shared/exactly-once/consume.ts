import type { Log } from '../aws/log.ts';
import { isOutage } from '../failures/failures.ts';
import {
  clusterOf,
  decodeKafkaEvent,
  type KafkaEvent,
  type PartitionRecords,
  topicsOf,
} from '../kafka/kafka-event.ts';
import type { Database } from '../postgres/database.ts';
import type { Deferred } from '../retry/retry-topic.ts';
import type { Apply } from './apply.ts';
import { claimRecords, GapBeforeBatch } from './exactly-once.ts';
import { type TopicEpochs, topicGenerations } from './generations.ts';
import { isolateFailures } from './isolate.ts';
import { skipGap } from './ledger.ts';
import { TopicMadeAnew } from './made-anew.ts';

export interface Consumer<Effect extends object> {
  /** The consumer group, and the key of its ledger. */
  readonly name: string;
  readonly database: Pick<Database, 'transaction'>;
  readonly epochs: TopicEpochs;
  readonly apply: Apply<Effect>;
  /**
   * Runs after the commit, with the result of `apply`: for effects that must not happen unless the work is
   * committed.
   */
  readonly afterCommit?: (effect: Effect) => Promise<void>;
  /**
   * Sends deferred records to the retry topic, and returns when all are acknowledged. With it, a record that
   * fails while the rest of its batch succeeds is found and deferred. So `apply` must have no effects except
   * by its query.
   */
  readonly retry?: (deferred: readonly Deferred[]) => Promise<void>;
  readonly log: Log;
}

/**
 * The loop over Kafka records: one transaction per event, which commits both the effects and the ledger, or
 * neither. A deferred record is on the retry topic before its deferral is committed. If the commit fails,
 * nobody expects that copy.
 */
export function consume<Effect extends object>({
  name,
  database,
  epochs,
  apply,
  afterCommit,
  retry,
  log,
}: Consumer<Effect>) {
  const nameOf = topicGenerations(epochs, (work) => database.transaction(work));

  const applyOnce = (partitions: readonly PartitionRecords[], work: Apply<Effect>) => {
    const attempt = () => applyClaimed(partitions, work);
    return attempt().catch(async (error) => {
      if (!(error instanceof GapBeforeBatch)) throw error;
      await database.transaction((query) => skipGap(query, name, partitions));
      return attempt();
    });
  };

  const applyClaimed = (partitions: readonly PartitionRecords[], work: Apply<Effect>) =>
    database.transaction(async (query) => {
      const { fresh, advance } = await claimRecords(query, name, partitions);
      const deferred: Deferred[] = [];
      const effect = await work(fresh, query, (record, cause) => void deferred.push({ record, cause }));
      if (deferred.length > 0) await sendToRetry(deferred);
      await advance(deferred.map(({ record }) => record));
      return { fresh, effect, deferred: deferred.length };
    });

  const sendToRetry = async (deferred: readonly Deferred[]) => {
    if (!retry) throw new Error(`${name} deferred a record, but has no way to retry it: configure \`retry\``);
    await retry(deferred);
  };

  const decode = async (event: KafkaEvent): Promise<PartitionRecords[]> => {
    const names = new Map<string, string>();
    for (const topic of topicsOf(event)) names.set(topic, await nameOf(clusterOf(event), topic));
    return decodeKafkaEvent(event, (topic) => names.get(topic) ?? topic);
  };

  return async (event: KafkaEvent): Promise<void> => {
    const startedAt = performance.now();
    const partitions = await decode(event);

    const { fresh, effect, deferred } = await applyOnce(partitions, apply).catch((error) => {
      if (!retry || isOutage(error) || error instanceof TopicMadeAnew) throw error;
      log.error('the batch failed: searching for the records that fail', { error });
      return applyOnce(partitions, isolateFailures(apply));
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
