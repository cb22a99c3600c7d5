import type { Admin } from 'kafkajs';
import type { Topic } from '../../shared/kafka/topics.ts';
import type { Ports } from './prepare-topics.ts';

/** Kafka's names of what a topic may be created with. */
const settingsOf: Readonly<Record<string, (topic: Topic) => number>> = {
  'retention.ms': ({ retentionMs }) => retentionMs,
  'min.insync.replicas': ({ minInSyncReplicas }) => minInSyncReplicas,
};

/** @param settings the names of the settings that the cluster takes */
export const topicsOf = (admin: Admin, settings: readonly string[]): Ports => ({
  async find(names) {
    const known = new Set(await admin.listTopics());
    const wanted = names.filter((name) => known.has(name));
    if (wanted.length === 0) return [];
    const { topics } = await admin.fetchTopicMetadata({ topics: wanted });
    return topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.length,
      replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    }));
  },
  async create(topics) {
    await admin.createTopics({
      // kafkajs waits at any broker, and fails for good where that has not heard of the topic yet.
      waitForLeaders: false,
      timeout: 30_000,
      topics: topics.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor: topic.replicationFactor,
        configEntries: settings.flatMap((name) => {
          const value = settingsOf[name]?.(topic);
          return value === undefined ? [] : [{ name, value: String(value) }];
        }),
      })),
    });
  },
});
