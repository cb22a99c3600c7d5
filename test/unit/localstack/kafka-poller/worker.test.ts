import { expect, test } from '@jest/globals';
import { createBudget } from '../../../../localstack/kafka-poller/budget.ts';
import type { Deliver } from '../../../../localstack/kafka-poller/deliver.ts';
import { createFetchClock } from '../../../../localstack/kafka-poller/fetch-clock.ts';
import { createSlots } from '../../../../localstack/kafka-poller/slots.ts';
import { createWorker } from '../../../../localstack/kafka-poller/worker.ts';
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
  const ahead: number[][] = [];
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
    onAhead: (...offsets) => ahead.push(offsets),
    onError: (error) => errors.push(error),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  /** Offers records `from` … `to - 1`, of a fetch that began just now unless the test says when. */
  const offer = (from: number, to: number, { begunAt = clock.move(), value = Buffer.from('') } = {}) =>
    worker.offer({ fromOffset: from, begunAt, read: () => segmentOf(from, to, { value }) });
  return { worker, clock, offer, moves, done, ahead, errors, turns, settled };
}

test('while a batch fails, what waits behind it is dropped and fetched again', async () => {
  const { worker, offer, moves, done, turns, settled } = startWorker();
  offer(0, 25);
  await settled();
  turns[0]?.fail();
  expect(moves).toEqual([10]);
  expect(worker.isBlocked()).toBe(true);
  turns[0]?.succeed();
  await settled();
  offer(10, 25);
  await settled();
  expect(turns[1]?.offsets).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]);
  expect(done).toEqual([10]);
});

test('a fetch that was on its way when the position was moved back is not taken, as it lacks what is before', async () => {
  const { clock, offer, turns, settled } = startWorker();
  offer(0, 25);
  await settled();
  const begunAt = clock.move();
  turns[0]?.fail();
  turns[0]?.succeed();
  await settled();
  expect(offer(25, 30, { begunAt })).toBeUndefined();
  expect(offer(10, 30)).toBe(30);
});

test('nor one that was on its way when another fetch began further back, and so dropped what lies between', async () => {
  const { clock, offer, turns, settled } = startWorker({ batchSize: 1 });
  offer(0, 1);
  await settled();
  offer(1, 2);
  const begunAt = clock.move();
  // From the leader of before.
  expect(offer(0, 1)).toBe(1);
  expect(offer(2, 3, { begunAt })).toBeUndefined();
  expect(offer(1, 2)).toBe(2);
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
  const { offer, done, turns, settled } = startWorker({ account: counted });
  offer(0, 1);
  await settled();
  offer(1, 3);
  offer(3, 5);
  offer(3, 4); // from the leader of before
  turns[0]?.succeed();
  await settled();
  turns[1]?.succeed();
  await settled();
  expect(turns.map(({ offsets }) => offsets)).toEqual([[0], [1, 2, 3]]);
  expect(done).toEqual([1, 4]);
  expect(held).toBe(0);
});

test('a batch in flight is not committed when its records come anew, as the topic may be another', async () => {
  const { offer, done, turns, settled } = startWorker();
  offer(0, 8);
  await settled();
  offer(0, 3);
  turns[0]?.succeed();
  await settled();
  expect(done).toEqual([]);
  turns[1]?.succeed();
  await settled();
  expect(turns[1]?.offsets).toEqual([0, 1, 2]);
  expect(done).toEqual([3]);
});

test('and when it fails, the next fetch begins with the first of these records', async () => {
  const { offer, moves, turns, settled } = startWorker();
  offer(0, 8);
  await settled();
  offer(2, 10);
  turns[0]?.fail();
  expect(moves).toEqual([2]);
});

test('a fetch behind records that did not come is sent back, unless they are deleted', () => {
  const { offer, ahead } = startWorker({ oldest: 4 });
  offer(0, 5);
  expect([offer(6, 9), offer(6, 9), offer(5, 6)]).toEqual([5, 5, 6]);
  expect(ahead).toEqual([[6, 5]]);
  const deleted = startWorker({ oldest: 6 });
  deleted.offer(0, 5);
  expect(deleted.offer(6, 9)).toBe(9);
});

test('nothing is taken of a fetch that began before the partition was ours, or after it is no longer', () => {
  const { worker, offer, turns } = startWorker();
  expect(offer(0, 5, { begunAt: 0 })).toBeUndefined();
  worker.revoke();
  expect(offer(0, 5)).toBeUndefined();
  expect(turns).toEqual([]);
});

test('a partition whose oldest records are deleted goes on at what is left', async () => {
  const { offer, turns, settled } = startWorker({ oldest: 100 });
  offer(0, 5);
  await settled();
  turns[0]?.succeed();
  await settled();
  offer(100, 105);
  await settled();
  expect(turns[1]?.offsets).toEqual([100, 101, 102, 103, 104]);
});

test('after a rebalance a kept partition goes on where its last fetch ended; a new one where it was committed', () => {
  const { worker, offer, moves } = startWorker();
  worker.resumeAtExpected();
  expect(moves).toEqual([]);
  offer(0, 5);
  worker.resumeAtExpected();
  expect(moves).toEqual([5]);
});

test('a partition that is lost while its batch waits for a slot invokes nothing', async () => {
  const { worker, offer, done, turns, settled } = startWorker();
  offer(0, 5);
  // The slot is granted by now, but the worker has not seen it yet.
  worker.revoke();
  await settled();
  expect(turns).toEqual([]);
  expect(done).toEqual([]);
});

test('records of a topic that was made anew are done as those of the old one were', async () => {
  const { offer, done, turns, settled } = startWorker();
  offer(0, 8);
  await settled();
  turns[0]?.succeed();
  await settled();
  offer(0, 3);
  await settled();
  turns[1]?.succeed();
  await settled();
  expect(done).toEqual([8, 3]);
});

test('what should not happen is told, and nothing more is invoked', async () => {
  const { offer, errors, turns, settled } = startWorker();
  offer(0, 25);
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
  worker?.offer(0, 2_000, { value: Buffer.alloc(1_000) });
  await worker?.settled();
  expect(worker?.turns).toEqual([]);
  expect(worker?.worker.isCrowded()).toBe(false);
  await worker?.worker.stop();
});

test('what waits for its window goes when others need the memory', async () => {
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  const [patient, other] = [1, 2].map(() => startWorker({ account, batchSize: 10_000, windowMs: 300_000 }));
  const value = Buffer.alloc(1_000);
  patient?.offer(0, 4_000, { value });
  await patient?.settled();
  expect(patient?.turns).toEqual([]);
  other?.offer(0, 4_000, { value });
  await other?.settled();
  expect(patient?.turns).toHaveLength(1);
  await Promise.all([patient?.worker.revoke(), other?.worker.revoke()]);
});
