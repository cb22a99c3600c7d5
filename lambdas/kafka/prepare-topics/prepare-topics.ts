import type { Topic } from '../../shared/kafka/topics.ts';

/** A topic that the cluster has. */
export interface FoundTopic {
  readonly name: string;
  readonly partitions: number;
  /** Replicas of the partition that has the fewest. */
  readonly replicas: number;
}

export interface Ports {
  /** Those of the names that the cluster has. */
  readonly find: (names: readonly string[]) => Promise<readonly FoundTopic[]>;
  readonly create: (topics: readonly Topic[]) => Promise<void>;
}

/**
 * Creates the topics that a cluster lacks. Topics that it has stay as they are.
 * @returns the names of the created topics
 * @throws Error that names each topic which does not fit; then nothing is created
 */
export async function prepareTopics(topics: readonly Topic[], { find, create }: Ports): Promise<string[]> {
  const found = await find(topics.map(({ name }) => name));
  const faults = topics.flatMap((topic) =>
    found.filter(({ name }) => name === topic.name).flatMap((existing) => faultsOf(existing, topic)),
  );
  if (faults.length > 0) throw new Error(['The topics of the cluster do not fit:', ...faults].join('\n  '));
  const missing = topics.filter(({ name }) => !found.some((each) => each.name === name));
  if (missing.length > 0) await create(missing);
  return missing.map(({ name }) => name);
}

/** A key's partition depends on their number: with another one, producers would not agree. */
function faultsOf({ partitions, replicas }: FoundTopic, topic: Topic): string[] {
  return [
    ...(partitions === topic.partitions
      ? []
      : [
          `${topic.name} has ${partitions} partitions, expected ${topic.partitions}: ` +
            'create it anew, or name another cluster',
        ]),
    ...(replicas >= topic.replicationFactor
      ? []
      : [
          `${topic.name} has ${replicas} replicas, expected ${topic.replicationFactor}: ` +
            'add replicas with kafka-reassign-partitions.sh',
        ]),
  ];
}
