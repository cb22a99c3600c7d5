import type { Admin } from 'kafkajs';
import type { Mapping } from './mappings.ts';

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
