import { expect, test } from '@jest/globals';
import { createBudget } from '../../../../localstack/kafka-poller/budget.ts';
import type { Deliver } from '../../../../localstack/kafka-poller/deliver.ts';
import { createFetchClock } from '../../../../localstack/kafka-poller/fetch-clock.ts';
import { createSlots } from '../../../../localstack/kafka-poller/slots.ts';
import { createWorker } from '../../../../localstack/kafka-poller/worker.ts';
import { segmentOf } from './segments.ts';

const MB = 1024 * 1024;

/** A worker with batches of ten by default. The test ends its deliveries. */
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
    place: { topic: 't', partition: 0, envelope: { head: Buffer.from('['), tail: Buffer.from(']') } },
    batchSize,
    windowMs,
    slots,
    account,
    deliver,
    clock,
    oldestOffset: () => oldest,
    seek: (offset) => moves.push(offset),
    onDone: (offset) => done.push(offset),
    onFetchedAhead: (...offsets) => ahead.push(offsets),
    onError: (error) => errors.push(error),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  /** Offers records `from` … `to - 1` of a fetch that started just now, or at `startedAt`. */
  const offer = (from: number, to: number, { startedAt = clock.tick(), value = Buffer.from('') } = {}) =>
    worker.offer({ fromOffset: from, startedAt, read: () => segmentOf(from, to, { value }) });
  return { worker, clock, offer, moves, done, ahead, errors, turns, settled };
}

test('while a batch is retried, the records behind it are dropped, and fetched again after it', async () => {
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

test('a fetch that started before the position was moved back is refused, as earlier records are missing in it', async () => {
  const { clock, offer, turns, settled } = startWorker();
  offer(0, 25);
  await settled();
  const startedAt = clock.tick();
  turns[0]?.fail();
  turns[0]?.succeed();
  await settled();
  expect(offer(25, 30, { startedAt })).toBeUndefined();
  expect(offer(10, 30)).toBe(30);
});

test('a fetch is refused if it started before another fetch went back and dropped the records between', async () => {
  const { clock, offer, turns, settled } = startWorker({ batchSize: 1 });
  offer(0, 1);
  await settled();
  offer(1, 2);
  const startedAt = clock.tick();
  // From the old leader.
  expect(offer(0, 1)).toBe(1);
  expect(offer(2, 3, { startedAt })).toBeUndefined();
  expect(offer(1, 2)).toBe(2);
  for (const turn of [0, 1, 2]) {
    turns[turn]?.succeed();
    await settled();
  }
  expect(turns.map(({ offsets }) => offsets)).toEqual([[0], [0], [1]]);
});

test('a fetch that starts further back replaces the waiting records that it brings again, and keeps those before', async () => {
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
  offer(3, 4); // from the old leader
  turns[0]?.succeed();
  await settled();
  turns[1]?.succeed();
  await settled();
  expect(turns.map(({ offsets }) => offsets)).toEqual([[0], [1, 2, 3]]);
  expect(done).toEqual([1, 4]);
  expect(held).toBe(0);
});

test('a batch in flight is not committed when its records are fetched again, as the topic may be a new one', async () => {
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

test('when a batch fails whose records were fetched again, the next fetch starts at the first of them', async () => {
  const { offer, moves, turns, settled } = startWorker();
  offer(0, 8);
  await settled();
  offer(2, 10);
  turns[0]?.fail();
  expect(moves).toEqual([2]);
});

test('a fetch that skips records is refused, unless the broker has deleted them', () => {
  const { offer, ahead } = startWorker({ oldest: 4 });
  offer(0, 5);
  expect([offer(6, 9), offer(6, 9), offer(5, 6)]).toEqual([5, 5, 6]);
  expect(ahead).toEqual([[6, 5]]);
  const deleted = startWorker({ oldest: 6 });
  deleted.offer(0, 5);
  expect(deleted.offer(6, 9)).toBe(9);
});

test('a fetch from before the partition was assigned, or after it was lost, is refused', () => {
  const { worker, offer, turns } = startWorker();
  expect(offer(0, 5, { startedAt: 0 })).toBeUndefined();
  worker.revoke();
  expect(offer(0, 5)).toBeUndefined();
  expect(turns).toEqual([]);
});

test('a partition whose oldest records are deleted continues at the oldest record left', async () => {
  const { offer, turns, settled } = startWorker({ oldest: 100 });
  offer(0, 5);
  await settled();
  turns[0]?.succeed();
  await settled();
  offer(100, 105);
  await settled();
  expect(turns[1]?.offsets).toEqual([100, 101, 102, 103, 104]);
});

test('after a rebalance a kept partition continues after its last fetch, and a new one at its commit', () => {
  const { worker, offer, moves } = startWorker();
  worker.resumeAtExpected();
  expect(moves).toEqual([]);
  offer(0, 5);
  worker.resumeAtExpected();
  expect(moves).toEqual([5]);
});

test('a partition that is lost while its batch waits for a slot makes no invoke', async () => {
  const { worker, offer, done, turns, settled } = startWorker();
  offer(0, 5);
  // The slot is granted by now, but the worker has not been told yet.
  worker.revoke();
  await settled();
  expect(turns).toEqual([]);
  expect(done).toEqual([]);
});

test('records of a topic that was created anew are committed, from the start', async () => {
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

test('after an unexpected error nothing more is invoked, and the error is reported', async () => {
  const { offer, errors, turns, settled } = startWorker();
  offer(0, 25);
  await settled();
  const error = new Error('unforeseen');
  turns[0]?.crash(error);
  await settled();
  expect(errors).toEqual([error]);
  expect(turns).toHaveLength(1);
});

test('a batch waits for its window while there is memory, however many other partitions are empty', async () => {
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  const [worker] = Array.from({ length: 50 }, () =>
    startWorker({ account, batchSize: 10_000, windowMs: 300_000 }),
  );
  worker?.offer(0, 2_000, { value: Buffer.alloc(1_000) });
  await worker?.settled();
  expect(worker?.turns).toEqual([]);
  expect(worker?.worker.isOverBudget()).toBe(false);
  await worker?.worker.stop();
});

test('a batch that waits for its window is delivered when others need the memory', async () => {
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
