import { type TopicEpochs, topicGenerations } from '../../shared/exactly-once/generations.ts';
import { nameOfGeneration } from '../../shared/kafka/topic-generations.ts';
import type { Database } from '../../shared/postgres/database.ts';
import type { Ports } from './record-failed-batches.ts';

/**
 * Of the generations on the batch's cluster: the one that was in use when the batch failed, and then later
 * ones. A batch of a topic that was made anew may have failed before its epoch was raised.
 *
 * A batch that failed before any consumer had named a generation begins one.
 */
export const generationsOnCluster =
  (
    { query, transaction }: Pick<Database, 'query' | 'transaction'>,
    epochs: TopicEpochs,
  ): Ports['generationsOf'] =>
  async ({ topic, cluster, failedAtMs }) => {
    const rows = await query<{ generation: number; began_ms: number }>(
      `select generation, extract(epoch from began_at)::float8 * 1000 as began_ms
         from topic_generations where topic = $1 and cluster = $2 order by generation`,
      [topic, cluster],
    );
    if (rows.length === 0) return [await topicGenerations(epochs, transaction)(cluster, topic)];
    const last = rows.findLastIndex(({ began_ms }) => began_ms <= failedAtMs);
    const inUse = Number.isNaN(failedAtMs) ? rows.length - 1 : Math.max(0, last);
    return rows.slice(inUse).map(({ generation }) => nameOfGeneration({ topic, generation }));
  };
