import type { Admin } from 'kafkajs';
import type { Mapping } from './mappings.ts';
import type { TopicReplaced } from './topic-identity.ts';

/**
 * Commits where a new consumer group starts, for LATEST and AT_TIMESTAMP, before its first fetch. So a
 * restart skips no record that arrived in between. Partitions with a committed offset keep it.
 */
export async function commitStartingOffsets(admin: Admin, mapping: Mapping): Promise<void> {
  const { startingPosition, consumerGroup: groupId, topics } = mapping;
  if (startingPosition === 'TRIM_HORIZON') return;
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics })) {
    const unset = new Set(
      partitions.filter(({ offset }) => offset === '-1').map(({ partition }) => partition),
    );
    if (unset.size === 0) continue;
    const starts =
      startingPosition === 'LATEST'
        ? await admin.fetchTopicOffsets(topic)
        : await admin.fetchTopicOffsetsByTimestamp(topic, startingPosition.timestampMs);
    await admin.setOffsets({
      groupId,
      topic,
      partitions: starts
        .filter(({ partition }) => unset.has(partition))
        .map(({ partition, offset }) => ({ partition, offset })),
    });
  }
}

/** The topics' ids that the committed offsets name. Offsets of other clients name none. */
export async function committedIds(admin: Admin, mapping: Mapping): Promise<Map<string, string>> {
  const { consumerGroup: groupId, topics } = mapping;
  const committed = await admin.fetchOffsets({ groupId, topics });
  const ids = committed.flatMap(({ topic, partitions }) => {
    const named = new Set(partitions.map(({ metadata }) => metadata || undefined));
    // Of two topics, at most one is there still. The other id is found to be wrong, and its offsets reset.
    return [...named].filter((id) => id !== undefined).map((id): [string, string] => [topic, id]);
  });
  return new Map(ids);
}

/** Puts the offsets that were not counted in the new topic at its beginning. */
export async function restart(admin: Admin, mapping: Mapping, { topic, id }: TopicReplaced): Promise<void> {
  const { consumerGroup: groupId } = mapping;
  const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const counted = new Set(
    committed?.partitions.filter(({ metadata }) => metadata === id).map(({ partition }) => partition),
  );
  const ends = await admin.fetchTopicOffsets(topic);
  const partitions = ends
    .filter(({ partition }) => !counted.has(partition))
    .map(({ partition, low }) => ({ partition, offset: low }));
  if (partitions.length > 0) await admin.setOffsets({ groupId, topic, partitions });
}
