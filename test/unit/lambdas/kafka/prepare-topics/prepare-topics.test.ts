import { expect, test } from '@jest/globals';
import {
  type FoundTopic,
  prepareTopics,
} from '../../../../../lambdas/kafka/prepare-topics/prepare-topics.ts';
import type { Topic } from '../../../../../lambdas/shared/kafka/topics.ts';

const topic = (name: string): Topic => ({
  name,
  partitions: 10,
  replicationFactor: 3,
  minInSyncReplicas: 2,
  retentionMs: 1,
});
const wanted = [topic('a'), topic('b')];

async function prepared(...found: FoundTopic[]) {
  const created: string[] = [];
  const answer = await prepareTopics(wanted, {
    find: async (names) => found.filter(({ name }) => names.includes(name)),
    create: async (topics) => void created.push(...topics.map(({ name }) => name)),
  }).catch((error: Error) => error.message);
  return { answer, created };
}

test('the topics that are missing are created, and those that fit stay', async () => {
  expect(await prepared({ name: 'a', partitions: 10, replicas: 3 })).toEqual({
    answer: ['b'],
    created: ['b'],
  });
  const both = wanted.map(({ name }) => ({ name, partitions: 10, replicas: 4 }));
  expect(await prepared(...both)).toEqual({ answer: [], created: [] });
});

test('topics that do not fit are all named, and then none is created', async () => {
  const unfit = { name: 'a', partitions: 12, replicas: 1 };
  expect(await prepared(unfit)).toEqual({
    created: [],
    answer:
      'The topics of the cluster do not fit:\n' +
      '  a has 12 partitions, expected 10: create it anew, or name another cluster\n' +
      '  a has 1 replicas, expected 3: add replicas with kafka-reassign-partitions.sh',
  });
});
