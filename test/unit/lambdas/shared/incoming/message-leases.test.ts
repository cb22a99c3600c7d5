import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { SQSRecord } from 'aws-lambda';
import { messageLeases } from '../../../../../lambdas/shared/incoming/message-leases.ts';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

function leaseOf(deliveries: number) {
  const seconds: number[] = [];
  const message = { attributes: { ApproximateReceiveCount: String(deliveries) } } as SQSRecord;
  const lease = messageLeases(async (_message, each) => void seconds.push(each))(message);
  return { seconds, lease };
}

test('a message is leased for a minute, and the lease is renewed during the work', async () => {
  const { seconds, lease } = leaseOf(1);
  expect(seconds).toEqual([60]);
  await jest.advanceTimersByTimeAsync(45_000);
  expect(seconds).toEqual([60, 60, 60]);
  lease.done();
  await jest.advanceTimersByTimeAsync(300_000);
  expect(seconds).toEqual([60, 60, 60]);
});

test.each([
  [1, 5],
  [2, 10],
  [4, 40],
  [7, 300],
  [12, 300],
])('a message that fails at delivery %d comes back after %d s', async (deliveries, delay) => {
  const { seconds, lease } = leaseOf(deliveries);
  await lease.failed();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(seconds).toEqual([60, delay]);
});

test('the delay is set after the last renewal, which it replaces', async () => {
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const message = { attributes: { ApproximateReceiveCount: '1' } } as SQSRecord;
  const lease = messageLeases(async (_message, seconds) => {
    if (seconds === 60) await first.promise;
    order.push(String(seconds));
  })(message);
  const failed = lease.failed();
  first.resolve();
  await failed;
  expect(order).toEqual(['60', '5']);
});
