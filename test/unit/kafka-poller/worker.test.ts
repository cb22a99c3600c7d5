import { expect, test } from '@jest/globals';
import { createBudget } from '../../../localstack/kafka-poller/budget.ts';
import type { Deliver } from '../../../localstack/kafka-poller/deliver.ts';
import { createSlots } from '../../../localstack/kafka-poller/slots.ts';
import { createWorker } from '../../../localstack/kafka-poller/worker.ts';
import { segmentOf } from './segments.ts';

/** A worker with batches of ten whose deliveries the test ends. */
function startWorker() {
  const moves: number[] = [];
  const done: number[] = [];
  const turns: { offsets: number[]; fail: () => void; succeed: () => void }[] = [];
  const deliver: Deliver = (batch, _place, { release, onBackoff }) =>
    new Promise((resolve) => {
      turns.push({
        offsets: batch.flatMap(({ segment, from, to }) => [...segment.offsets.slice(from, to)].map(Number)),
        fail: onBackoff,
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
    batchSize: 10,
    windowMs: 0,
    slots,
    account: createBudget({ textBytes: 1e6, fetchBytes: 1e6 }).open(),
    deliver,
    moveTo: (offset) => moves.push(offset),
    onDone: (offset) => done.push(offset),
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { worker, moves, done, turns, settled };
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
  const { worker, turns, settled } = startWorker();
  worker.accept(segmentOf(0, 25), 0);
  await settled();
  turns[0]?.fail();
  turns[0]?.succeed();
  await settled();
  expect(worker.isOvertaken(25)).toBe(true);
  expect(worker.isOvertaken(10)).toBe(false);
  worker.accept(segmentOf(10, 25), 10);
  expect(worker.isOvertaken(25)).toBe(false);
});

test('a partition whose oldest records are deleted goes on at what is left', async () => {
  const { worker, turns, settled } = startWorker();
  worker.accept(segmentOf(0, 5), 0);
  await settled();
  turns[0]?.succeed();
  await settled();
  expect(worker.isOvertaken(100)).toBe(false);
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
