import { expect, test } from '@jest/globals';
import { partitionOf } from '../../../../lambdas/shared/kafka/kafka-producer.ts';
import { observationFromWire } from '../../../../lambdas/shared/wire/observation.ts';
import { stress } from '../../../../localstack/generator/stress.ts';
import { tokenBucket } from '../../../../localstack/generator/token-bucket.ts';
import { judging } from '../../../fixtures/observations.ts';

test('a token bucket gives whole tokens at its rate, and holds those of one second at most', () => {
  let now = 0;
  const bucket = tokenBucket({ perSecond: 100, nowMs: () => now });
  expect(bucket.take(1000)).toBe(0);
  now = 105;
  expect(bucket.take(1000)).toBe(10);
  now = 110;
  expect(bucket.take(1000)).toBe(1);
  now = 10_000;
  expect(bucket.take(30)).toBe(30);
  expect(bucket.take(1000)).toBe(70);
});

test('a token bucket works with a rate below one per second', () => {
  let now = 0;
  const bucket = tokenBucket({ perSecond: 0.5, nowMs: () => now });
  now = 1900;
  expect(bucket.take(9)).toBe(0);
  now = 2100;
  expect(bucket.take(9)).toBe(1);
});

const run = async (props: { rate: number; count: number; seconds: number; delayMs?: number }) => {
  const sent: { partition: number; key: string | null; value: string }[] = [];
  const result = await stress({
    ...props,
    topic: 'weather-data',
    partitions: 10,
    seed: 1,
    startMs: Date.UTC(2024, 0, 1),
    send: async ({ partition, messages }) => {
      for (const { key, value } of messages) sent.push({ partition, key, value });
    },
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  return { sent, result };
};

test('stress mode ends at the count, and each message is a valid observation on the partition of its location', async () => {
  const { sent, result } = await run({ rate: 100_000, count: 2345, seconds: 60 });
  expect(result.acknowledged).toBe(2345);
  expect(sent).toHaveLength(2345);
  for (const { partition, key, value } of sent) {
    expect(observationFromWire(JSON.parse(value), judging).location).toBe(key);
    expect(partition).toBe(partitionOf(key ?? '', { partitions: 10 }));
  }
});

test('stress mode keeps its rate and ends in time', async () => {
  const { result } = await run({ rate: 1000, count: Number.POSITIVE_INFINITY, seconds: 0.5 });
  expect(result.elapsedMs).toBeGreaterThanOrEqual(500);
  expect(result.acknowledged).toBeLessThanOrEqual((result.elapsedMs / 1000) * 1000);
  expect(result.acknowledged).toBeGreaterThan(300);
});

test('stress mode fails when a message is not acknowledged', async () => {
  const failing = stress({
    rate: 1000,
    count: 5,
    seconds: 5,
    topic: 't',
    partitions: 1,
    seed: 1,
    startMs: 0,
    send: () => Promise.reject(new Error('broker gone')),
    onProgress: () => {},
    signal: new AbortController().signal,
  });
  await expect(failing).rejects.toThrow('broker gone');
});
