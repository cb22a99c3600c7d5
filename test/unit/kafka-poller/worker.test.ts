import { expect, test } from '@jest/globals';
import { createBudget } from '../../../localstack/kafka-poller/budget.ts';
import type { Deliver } from '../../../localstack/kafka-poller/deliver.ts';
import { createFetchClock } from '../../../localstack/kafka-poller/fetch-clock.ts';
import { createSlots } from '../../../localstack/kafka-poller/slots.ts';
import { createWorker } from '../../../localstack/kafka-poller/worker.ts';
import { segmentOf } from './segments.ts';

const MB = 1024 * 1024;

/** A worker, with batches of ten unless the test says so, whose deliveries the test ends. */
function startWorker({
  batchSize = 10,
  windowMs = 0,
  account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open(),
  oldest = 0,
} = {}) {
  const clock = createFetchClock();
  const moves: number[] = [];
  const errors: unknown[] = [];
  const done: number[] = [];
  const turns: { offsets: number[]; fail: () => void; crash: (error: Error) => void; succeed: () => void }[] =
    [];
  const deliver: Deliver = (batch, _place, { release, onBackoff }) =>
    new Promise((resolve, reject) => {
      turns.push({
        offsets: batch.flatMap(({ segment, from, to }) => [...segment.offsets.slice(from, to)].map(Number)),
        fail: onBackoff,
        crash: reject,
        succeed: () => {
          release();
          resolve(true);
        },
      });
    });
  const slots = createSlots({ min: 1, max: 1 });
  slots.close();
  const worker = createWorker({
    place: { topic: 't', partition: 0, around: { head: Buffer.from('['), tail: Buffer.from(']') } },
    batchSize,
    windowMs,
    slots,
    account,
    deliver,
    clock,
    oldestOffset: () => oldest,
    moveTo: (offset) => moves.push(offset),
    onDone: (offset) => done.push(offset),
    onError: (error) => errors.push(error),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { worker, clock, moves, done, errors, turns, settled };
}

test('while a batch fails, what waits behind it is dropped and fetched again', async () => {
  const { worker, moves, done, turns, settled } = startWorker();
  worker.accept(segmentOf(0, 25), 0);
  await settled();
  turns[0]?.fail();
  expect(moves).toEqual([10]);
  expect(worker.isBlocked()).toBe(true);
  turns[0]?.succeed();
  await settled();
  worker.accept(segmentOf(10, 25), 10);
  await settled();
  expect(turns[1]?.offsets).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(done).toEqual([10]);
});

test('a fetch that was on its way when the position was moved back is not taken, as it lacks what is before', async () => {
  const { worker, clock, turns, settled } = startWorker();
  worker.accept(segmentOf(0, 25), 0);
  await settled();
  clock.fetchBegins(1);
  turns[0]?.fail();
  clock.fetchBegins(2);
  expect(worker.isOvertaken(clock.beginOfFetch(1))).toBe(true);
  expect(worker.isOvertaken(clock.beginOfFetch(2))).toBe(false);
});

test('nor one that was on its way when another fetch began further back, and so dropped what lies between', async () => {
  const { worker, clock, turns, settled } = startWorker({ batchSize: 1 });
  worker.accept(segmentOf(0, 1), 0);
  await settled();
  worker.accept(segmentOf(1, 2), 1);
  clock.fetchBegins(1); // from 2
  worker.accept(segmentOf(0, 1), 0); // from the leader of before
  expect(worker.isOvertaken(clock.beginOfFetch(1))).toBe(true);
  expect(worker.insteadOf(2)).toBe(1);
  clock.fetchBegins(1);
  expect(worker.isOvertaken(clock.beginOfFetch(1))).toBe(false);
  expect(worker.insteadOf(1)).toBeUndefined();
  worker.accept(segmentOf(1, 2), 1);
  for (const turn of [0, 1, 2]) {
    turns[turn]?.succeed();
    await settled();
  }
  expect(turns.map(({ offsets }) => offsets)).toEqual([[0], [0], [1]]);
});

test('a fetch that began further back drops what it brings again; what waits before that stays', async () => {
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  let held = 0;
  const counted = {
    ...account,
    hold: (bytes: number) => {
      held += bytes;
    },
    free: (bytes: number) => {
      held -= bytes;
    },
  };
  const { worker, turns, done, settled } = startWorker({ account: counted });
  worker.accept(segmentOf(0, 1), 0);
  await settled();
  worker.accept(segmentOf(1, 3), 1);
  worker.accept(segmentOf(3, 5), 3);
  worker.accept(segmentOf(3, 4), 3); // from the leader of before
  turns[0]?.succeed();
  await settled();
  turns[1]?.succeed();
  await settled();
  expect(turns.map(({ offsets }) => offsets)).toEqual([[0], [1, 2, 3]]);
  expect(done).toEqual([1, 4]);
  expect(held).toBe(0);
});

test('a batch in flight is not committed when its records come anew, as the topic may be another', async () => {
  const { worker, turns, done, settled } = startWorker();
  worker.accept(segmentOf(0, 8), 0);
  await settled();
  worker.accept(segmentOf(0, 3), 0);
  turns[0]?.succeed();
  await settled();
  expect(done).toEqual([]);
  turns[1]?.succeed();
  await settled();
  expect(turns[1]?.offsets).toEqual([0, 1, 2]);
  expect(done).toEqual([3]);
});

test('and when it fails, the next fetch begins with the first of these records', async () => {
  const { worker, turns, moves, settled } = startWorker();
  worker.accept(segmentOf(0, 8), 0);
  await settled();
  worker.accept(segmentOf(2, 10), 2);
  turns[0]?.fail();
  expect(moves).toEqual([2]);
});

test('a fetch behind records that did not come is sent back, unless they are deleted', () => {
  const { worker } = startWorker({ oldest: 4 });
  expect(worker.insteadOf(7)).toBeUndefined();
  worker.accept(segmentOf(0, 5), 0);
  expect([3, 5, 6].map((offset) => worker.insteadOf(offset))).toEqual([undefined, undefined, 5]);
  const deleted = startWorker({ oldest: 6 }).worker;
  deleted.accept(segmentOf(0, 5), 0);
  expect(deleted.insteadOf(6)).toBeUndefined();
});

test('nor is one that began before the partition was ours', () => {
  const { worker, clock } = startWorker();
  expect(worker.isOvertaken(clock.beginOfFetch(1))).toBe(true);
  clock.fetchBegins(1);
  expect(worker.isOvertaken(clock.beginOfFetch(1))).toBe(false);
});

test('a partition whose oldest records are deleted goes on at what is left', async () => {
  const { worker, turns, settled } = startWorker();
  worker.accept(segmentOf(0, 5), 0);
  await settled();
  turns[0]?.succeed();
  await settled();
  worker.accept(segmentOf(100, 105), 100);
  await settled();
  expect(turns[1]?.offsets).toEqual([100, 101, 102, 103, 104]);
});

test('after a rebalance a kept partition goes on where its last fetch ended; a new one where it was committed', () => {
  const { worker, moves } = startWorker();
  worker.resumeAtExpected();
  expect(moves).toEqual([]);
  worker.accept(segmentOf(0, 5), 0);
  worker.resumeAtExpected();
  expect(moves).toEqual([5]);
});

test('a partition that is lost while its batch waits for a slot invokes nothing', async () => {
  const { worker, turns, done, settled } = startWorker();
  worker.accept(segmentOf(0, 5), 0);
  // The slot is granted by now, but the worker has not seen it yet.
  worker.revoke();
  await settled();
  expect(turns).toEqual([]);
  expect(done).toEqual([]);
});

test('records of a topic that was made anew are done as those of the old one were', async () => {
  const { worker, turns, done, settled } = startWorker();
  worker.accept(segmentOf(0, 8), 0);
  await settled();
  turns[0]?.succeed();
  await settled();
  worker.accept(segmentOf(0, 3), 0);
  await settled();
  turns[1]?.succeed();
  await settled();
  expect(done).toEqual([8, 3]);
});

test('what should not happen is told, and nothing more is invoked', async () => {
  const { worker, turns, errors, settled } = startWorker();
  worker.accept(segmentOf(0, 25), 0);
  await settled();
  const error = new Error('unforeseen');
  turns[0]?.crash(error);
  await settled();
  expect(errors).toEqual([error]);
  expect(turns).toHaveLength(1);
});

test('a batch waits for its window as long as there is memory, however many partitions have nothing', async () => {
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  const [worker] = Array.from({ length: 50 }, () =>
    startWorker({ account, batchSize: 10_000, windowMs: 300_000 }),
  );
  worker?.worker.accept(segmentOf(0, 2_000, { value: Buffer.alloc(1_000) }), 0);
  await worker?.settled();
  expect(worker?.turns).toEqual([]);
  expect(worker?.worker.isCrowded()).toBe(false);
  await worker?.worker.stop();
});

test('what waits for its window goes when others need the memory', async () => {
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  const [patient, other] = [1, 2].map(() => startWorker({ account, batchSize: 10_000, windowMs: 300_000 }));
  const records = segmentOf(0, 4_000, { value: Buffer.alloc(1_000) });
  patient?.worker.accept(records, 0);
  await patient?.settled();
  expect(patient?.turns).toEqual([]);
  other?.worker.accept(records, 0);
  await other?.settled();
  expect(patient?.turns).toHaveLength(1);
  await Promise.all([patient?.worker.revoke(), other?.worker.revoke()]);
});
