import { expect, test } from '@jest/globals';
import { createFetchWaits } from '../../../../localstack/kafka-poller/fetch-waits.ts';

test('a fetch waits long only in an idle session, while no partition is paused', async () => {
  let [isPaused, nowMs] = [false, 0];
  const waits = createFetchWaits(
    () => isPaused,
    () => nowMs,
  );
  const echo = async (maxWaitMs: number) => maxWaitMs;
  expect(await waits.run(echo)).toBe(500);
  nowMs = 10_000;
  expect(await waits.run(echo)).toBe(2_000);
  waits.recordsCame();
  expect(await waits.run(echo)).toBe(500);
  nowMs = 20_000;
  expect(await waits.run(echo)).toBe(2_000);
  isPaused = true;
  expect(await waits.run(echo)).toBe(500);
});

test('fetches without an answer end when the consumer stops, and later ones are answered', async () => {
  const waits = createFetchWaits(() => false);
  const never = () => new Promise<string>(() => undefined);
  const pending = [waits.run(never), waits.run(never)];
  waits.endWaits();
  expect(await Promise.all(pending)).toEqual([undefined, undefined]);
  expect(await waits.run(async () => 'answer')).toBe('answer');
});

test('a fetch that fails throws its error', async () => {
  const waits = createFetchWaits(() => false);
  const fails = () => Promise.reject(new Error('no such broker'));
  await expect(waits.run(fails)).rejects.toThrow('no such broker');
});
