import { expect, test } from '@jest/globals';
import { lagOf, readLag } from '../../../../../localstack/run/platform-counts/lag.ts';

const end = (partition: number, high: number, low = 0) => ({
  partition,
  high: String(high),
  low: String(low),
  offset: String(high),
});

test.each([
  ['a group that has caught up has no lag', [end(0, 10), end(1, 5)], [10, 5], 0],
  ['a group behind on one partition lags by its records there', [end(0, 10), end(1, 5)], [7, 5], 3],
  ['a group that never committed lags by all records', [end(0, 10), end(1, 5)], [-1, -1], 15],
  ['records removed by retention do not count', [end(0, 10, 6)], [-1], 4],
  ['a commit below the first retained record counts from that record', [end(0, 10, 6)], [2], 4],
  ['a partition missing from the answer counts as uncommitted', [end(0, 10), end(1, 5)], [10], 5],
  ['a commit past a stale end gives no negative lag', [end(0, 10), end(1, 5)], [12, 4], 1],
])('%s', (_name, ends, committed, lag) => {
  expect(
    lagOf(
      ends,
      committed.map((offset, partition) => ({ partition, offset: String(offset) })),
    ),
  ).toBe(lag);
});

test('the lag of a group refers to its topic, and its commits are read before the ends', async () => {
  const asked: string[] = [];
  const admin = {
    fetchOffsets: async ({ groupId, topics = [] }: { groupId: string; topics?: readonly unknown[] }) => {
      asked.push(`committed ${groupId}`);
      return topics.map((topic) => ({
        topic: String(topic),
        partitions: [{ partition: 0, offset: '4', metadata: null }],
      }));
    },
    fetchTopicOffsets: async (topic: string) => {
      asked.push(`ends ${topic}`);
      return [end(0, topic === 'error-data' ? 4 : 9)];
    },
  };
  const lag = await readLag(admin, { 'land-observations': 'weather-data', 'record-errors': 'error-data' });
  expect(lag).toEqual({ 'land-observations': 5, 'record-errors': 0 });
  expect(asked).toEqual([
    'committed land-observations',
    'ends weather-data',
    'committed record-errors',
    'ends error-data',
  ]);
});
