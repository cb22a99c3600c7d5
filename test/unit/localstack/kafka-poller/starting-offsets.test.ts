import { expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import type { Mapping } from '../../../../localstack/kafka-poller/mappings.ts';
import { committedIds, restart } from '../../../../localstack/kafka-poller/starting-offsets.ts';
import { TopicReplaced } from '../../../../localstack/kafka-poller/topic-identity.ts';

const mapping = { consumerGroup: 'g', topics: ['t'] } as unknown as Mapping;

function adminWith(metadata: readonly (string | null)[]) {
  const set: object[] = [];
  const admin = {
    fetchOffsets: async () => [
      {
        topic: 't',
        partitions: metadata.map((each, partition) => ({ partition, offset: '5', metadata: each })),
      },
    ],
    fetchTopicOffsets: async () =>
      metadata.map((_, partition) => ({ partition, offset: '9', high: '9', low: String(partition) })),
    setOffsets: async (offsets: object) => void set.push(offsets),
  } as unknown as Admin;
  return { admin, set };
}

test('committed offsets name the topic in which they were counted; those of other clients name none', async () => {
  expect(await committedIds(adminWith(['a', null, '']).admin, mapping)).toEqual(new Map([['t', 'a']]));
  expect(await committedIds(adminWith([null]).admin, mapping)).toEqual(new Map());
});

test('the offsets of a topic that was made again begin at its oldest records, but for those counted in it', async () => {
  const { admin, set } = adminWith(['a', 'b', null]);
  await restart(admin, mapping, new TopicReplaced('t', 'b'));
  expect(set).toEqual([
    {
      groupId: 'g',
      topic: 't',
      partitions: [
        { partition: 0, offset: '0' },
        { partition: 2, offset: '2' },
      ],
    },
  ]);
});

test('offsets that were all counted in the new topic stay', async () => {
  const { admin, set } = adminWith(['b']);
  await restart(admin, mapping, new TopicReplaced('t', 'b'));
  expect(set).toEqual([]);
});
