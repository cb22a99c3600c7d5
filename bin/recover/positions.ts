import type { Admin } from 'kafkajs';
import type { TopicEpochs } from '../../lambdas/shared/exactly-once/generations.ts';
import { nameOfGeneration } from '../../lambdas/shared/kafka/topic-generations.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { nextOffsets } from '../audit/ledger-tables.ts';
import { topicEnds } from '../audit/topic-records.ts';
import type { Mapping } from './mappings.ts';
import type { Position, Resume } from './plan.ts';
import { generationOf } from './restored-database.ts';

/** Groups without members. `Dead`: the group has no offsets either. */
const emptyStates = ['Empty', 'Dead'];

/** Waiting for pollers that finish the batch in hand. */
const deadlineMs = 300_000;

type Source = NonNullable<Mapping['source']>;

export const sourcesOf = (mappings: readonly Mapping[]): Source[] =>
  mappings.flatMap(({ source }) => source ?? []);

/** Where each consumer is on each partition: by the ledger, and by what its group has committed. */
export async function readPositions(
  admin: Admin,
  database: Pick<Database, 'query'>,
  sources: readonly Source[],
  epochs: TopicEpochs,
): Promise<Position[]> {
  const positions: Position[] = [];
  for (const { cluster, topic, group } of sources) {
    const named = await generationOf(database, { cluster, topic, epoch: epochs[topic] ?? 0 });
    const ledger = await nextOffsets(database, group, nameOfGeneration(named));
    const committed = await committedOffsets(admin, { topic, group });
    const { generation } = named;
    for (const ends of await topicEnds(admin, topic)) {
      const of = { group, topic, generation, ...ends, committed: committed.get(ends.partition) };
      positions.push({ ...of, ledger: ledger.get(ends.partition) });
    }
  }
  return positions;
}

/** What a group has committed, by partition. */
async function committedOffsets(
  admin: Admin,
  { topic, group }: Pick<Source, 'topic' | 'group'>,
): Promise<Map<number, number>> {
  const [ofTopic] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  return new Map(
    (ofTopic?.partitions ?? []).flatMap(({ partition, offset }) =>
      Number(offset) < 0 ? [] : [[partition, Number(offset)] as const],
    ),
  );
}

/** The groups that have members. */
export async function activeGroups(admin: Admin, sources: readonly Source[]): Promise<string[]> {
  const { groups } = await admin.describeGroups(sources.map(({ group }) => group));
  return groups.filter(({ state }) => !emptyStates.includes(state)).map(({ groupId }) => groupId);
}

export const waitUntilIdle = (admin: Admin, sources: readonly Source[]): Promise<true> =>
  waitFor('the pollers to leave', async () => (await activeGroups(admin, sources)).length === 0, {
    deadlineMs,
    everyMs: 500,
  });

/**
 * Sets the committed offsets of all groups.
 * @throws Error when a group has members, or keeps another offset
 */
export async function resumeAt(admin: Admin, resumes: readonly Resume[]): Promise<void> {
  const byGroup = Map.groupBy(resumes, ({ group }) => group);
  for (const [group, ofGroup] of byGroup) {
    const topic = ofGroup[0]?.topic ?? '';
    const partitions = ofGroup.map(({ partition, offset }) => ({ partition, offset: String(offset) }));
    try {
      await admin.setOffsets({ groupId: group, topic, partitions });
    } catch (cause) {
      throw new Error(`Setting the offsets of the group ${group} failed`, { cause });
    }
    const committed = await committedOffsets(admin, { topic, group });
    const wrong = ofGroup.find(({ partition, offset }) => committed.get(partition) !== offset);
    if (wrong)
      throw new Error(
        `The group ${group} is at ${committed.get(wrong.partition)} of ${topic}/${wrong.partition}, expected ${wrong.offset}. Run it again.`,
      );
  }
}

/** How many records each group has still to process, as texts. */
export async function readLeft(admin: Admin, sources: readonly Source[]): Promise<string[]> {
  const left: string[] = [];
  for (const source of sources) {
    const committed = await committedOffsets(admin, source);
    const ends = await topicEnds(admin, source.topic);
    const records = ends.reduce(
      (sum, { partition, begin, end }) =>
        sum + Math.max(0, end - Math.max(begin, committed.get(partition) ?? 0)),
      0,
    );
    if (records > 0) left.push(`${source.group} ${records.toLocaleString('en')}`);
  }
  return left;
}
