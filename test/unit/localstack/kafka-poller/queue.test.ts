import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countRecords, eventBody, positions, sizeOf } from '../../../../localstack/kafka-poller/batch.ts';
import { envelopeOf } from '../../../../localstack/kafka-poller/event.ts';
import { createQueue } from '../../../../localstack/kafka-poller/queue.ts';
import { segmentOf } from './segments.ts';

const limits = { batchSize: 10, windowMs: 500, maxBytes: 1_000_000 };
const offsets = (slices: ReturnType<ReturnType<typeof createQueue>['take']>) =>
  [...positions(slices)].map(({ offset }) => offset);

describe('the end of a batch', () => {
  test('a batch closes one window after its first record, not after its last', () => {
    const queue = createQueue(limits);
    queue.push(segmentOf(0, 2), 1_000);
    queue.push(segmentOf(2, 4), 1_400);
    expect(queue.isFull()).toBe(false);
    expect(queue.closesAt()).toBe(1_500);
  });

  test('a batch closes at the batch size, and the window of the rest starts at its own arrival', () => {
    const queue = createQueue(limits);
    queue.push(segmentOf(0, 8), 1_000);
    queue.push(segmentOf(8, 13), 1_200);
    expect(queue.isFull()).toBe(true);
    expect(offsets(queue.take())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(queue.isFull()).toBe(false);
    expect(queue.closesAt()).toBe(1_700);
    expect(offsets(queue.take())).toEqual([10, 11, 12]);
    expect(queue.closesAt()).toBeUndefined();
  });

  test('a batch closes before its payload exceeds the limit, to the byte', () => {
    const first = segmentOf(0, 5);
    const queue = createQueue({ ...limits, maxBytes: first.bytes.length });
    queue.push(first, 0);
    expect(queue.isFull()).toBe(false);
    queue.push(segmentOf(5, 6), 0);
    expect(queue.isFull()).toBe(true);
    expect(offsets(queue.take())).toEqual([0, 1, 2, 3, 4]);
    expect(offsets(queue.take())).toEqual([5]);
  });

  test('a record larger than the payload limit is a batch of its own', () => {
    const queue = createQueue({ ...limits, maxBytes: 200 });
    queue.push(segmentOf(0, 2, { value: Buffer.alloc(1_000) }), 0);
    expect(offsets(queue.take())).toEqual([0]);
    expect(offsets(queue.take())).toEqual([1]);
    expect(queue.isEmpty()).toBe(true);
  });
});

test('filtered records advance the next offset and add nothing to the queue', () => {
  const queue = createQueue(limits);
  queue.push({ bytes: Buffer.alloc(0), ends: [], offsets: [], timestamps: [], nextOffset: 7, read: 3 }, 0);
  expect(queue.isEmpty()).toBe(true);
  expect(queue.nextOffset()).toBe(7);
});

test('for any fetches and limits, each record is taken once, in order, in batches within both limits', () => {
  const fetches = fc.array(fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 12 }), { maxLength: 8 });
  const anyLimits = fc.record({
    batchSize: fc.integer({ min: 1, max: 20 }),
    windowMs: fc.constant(0),
    maxBytes: fc.integer({ min: 100, max: 3_000 }),
  });
  const envelope = envelopeOf({ bootstrapServers: 'b:9092' }, 't', 0);
  fc.assert(
    fc.property(fetches, anyLimits, (sizes, someLimits) => {
      const queue = createQueue(someLimits);
      let next = 0;
      for (const fetch of sizes) {
        queue.push(segmentOf(next, next + fetch.length, { value: Buffer.alloc(fetch[0] ?? 0) }), 0);
        next += fetch.length;
      }
      const seen: number[] = [];
      while (!queue.isEmpty()) {
        const slices = queue.take();
        expect(countRecords(slices)).toBeLessThanOrEqual(someLimits.batchSize);
        if (countRecords(slices) > 1) expect(sizeOf(slices)).toBeLessThanOrEqual(someLimits.maxBytes);
        const body = eventBody(envelope, slices);
        expect(body.length).toBe(envelope.head.length + sizeOf(slices) + envelope.tail.length);
        const event: { records: { 't-0': { offset: number }[] } } = JSON.parse(body.toString());
        seen.push(...event.records['t-0'].map(({ offset }) => offset));
      }
      expect(seen).toEqual(Array.from({ length: next }, (_, i) => i));
      expect(queue.bytes()).toBe(0);
    }),
  );
});

test('records from an offset on can be dropped, and the records before it stay', () => {
  const queue = createQueue(limits);
  queue.push(segmentOf(0, 4), 0);
  queue.push(segmentOf(4, 8), 0);
  queue.push(segmentOf(8, 9), 0);
  queue.dropFrom(6);
  expect(queue.nextOffset()).toBe(6);
  const same = createQueue(limits);
  same.push(segmentOf(0, 4), 0);
  same.push(segmentOf(4, 6), 0);
  expect(queue.bytes()).toBe(same.bytes());
  queue.push(segmentOf(6, 8), 0);
  expect(offsets(queue.take())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(queue.bytes()).toBe(0);
  queue.push(segmentOf(8, 9), 0);
  queue.dropFrom(2);
  expect(queue.isEmpty()).toBe(true);
  expect(queue.closesAt()).toBeUndefined();
  expect(queue.bytes()).toBe(0);
});

test('a cleared queue does not count its records as taken', () => {
  const queue = createQueue(limits);
  queue.push(segmentOf(0, 4), 0);
  queue.clear();
  expect(queue.isEmpty()).toBe(true);
  expect(queue.nextOffset()).toBe(-1);
});
