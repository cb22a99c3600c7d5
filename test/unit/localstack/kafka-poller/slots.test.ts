import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createSlots, type Release, type Slots } from '../../../../localstack/kafka-poller/slots.ts';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Asks for a number of slots, and collects those that are granted. */
function ask(slots: Slots, count: number): Release[] {
  const given: Release[] = [];
  for (let i = 0; i < count; i++)
    void slots.acquire(new AbortController().signal).then((release) => release && given.push(release));
  return given;
}
const elapse = (ms: number) => jest.advanceTimersByTimeAsync(ms);

test('the limit doubles while partitions wait, up to its maximum, and slots are granted in the order of asking', async () => {
  const slots = createSlots({ min: 1, max: 4 });
  const given = ask(slots, 10);
  await elapse(0);
  expect(given).toHaveLength(1);
  await elapse(250);
  expect(given).toHaveLength(2);
  await elapse(250);
  expect(given).toHaveLength(4);
  await elapse(250);
  expect(given).toHaveLength(4);
  given[0]?.();
  await elapse(0);
  expect(given).toHaveLength(5);
  slots.close();
});

test('a slot that is held for more than a second does not delay the others', async () => {
  const slots = createSlots({ min: 1, max: 1 });
  const given = ask(slots, 3);
  await elapse(750);
  expect(given).toHaveLength(1);
  await elapse(500);
  expect(given).toHaveLength(2);
  given[1]?.();
  await elapse(0);
  expect(given).toHaveLength(3);
  slots.close();
});

test('slow and quick invokes together never exceed the total', async () => {
  const slots = createSlots({ min: 2, max: 2, maxTotal: 3 });
  const given = ask(slots, 10);
  await elapse(60_000);
  expect(given).toHaveLength(3);
  slots.close();
});

test('the limit falls back to its minimum when slots are not needed', async () => {
  const slots = createSlots({ min: 1, max: 8 });
  const given = ask(slots, 8);
  await elapse(750);
  expect(slots.limit()).toBe(8);
  for (const release of given) release();
  await elapse(2_000);
  expect(slots.limit()).toBe(1);
  slots.close();
});

test('a request that was aborted gets no slot', async () => {
  const slots = createSlots({ min: 1, max: 1 });
  const [release] = [await slots.acquire(new AbortController().signal)];
  const gone = new AbortController();
  const waiting = slots.acquire(gone.signal);
  gone.abort();
  expect(await waiting).toBeUndefined();
  expect(await slots.acquire(gone.signal)).toBeUndefined();
  release?.();
  expect(await slots.acquire(new AbortController().signal)).toBeInstanceOf(Function);
  slots.close();
});
