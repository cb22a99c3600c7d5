import type { Admin } from 'kafkajs';

interface PartitionEnd {
  readonly partition: number;
  readonly low: string;
  readonly high: string;
}

interface Committed {
  readonly partition: number;
  /** -1 when the group has committed nothing. */
  readonly offset: string;
}

/**
 * How many records of a topic a group has not committed. For a group without commits these are all records.
 */
export const lagOf = (ends: readonly PartitionEnd[], committed: readonly Committed[]): number => {
  const offsets = new Map(committed.map(({ partition, offset }) => [partition, Number(offset)]));
  return ends.reduce((sum, { partition, low, high }) => {
    const from = Math.max(Number(low), offsets.get(partition) ?? -1);
    return sum + Math.max(0, Number(high) - from);
  }, 0);
};

/** The lag of each consumer group on its topic, read one group after another. */
export const readLag = async (
  admin: Pick<Admin, 'fetchTopicOffsets' | 'fetchOffsets'>,
  topicOfGroup: Readonly<Record<string, string>>,
): Promise<Record<string, number>> => {
  const lag: Record<string, number> = {};
  for (const [groupId, topic] of Object.entries(topicOfGroup)) {
    // Commits are read before ends, so the lag can be too high but never too low.
    const committed = await admin.fetchOffsets({ groupId, topics: [topic] });
    const ends = await admin.fetchTopicOffsets(topic);
    lag[groupId] = lagOf(ends, committed[0]?.partitions ?? []);
  }
  return lag;
};
