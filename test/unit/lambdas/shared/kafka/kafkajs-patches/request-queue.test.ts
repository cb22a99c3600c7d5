import { createRequire } from 'node:module';
import { beforeAll, beforeEach, expect, test } from '@jest/globals';
import { restWhenIdle } from '../../../../../../lambdas/shared/kafka/kafkajs-patches/request-queue.ts';

interface Queue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  maybeThrottle(ms: number): void;
  destroy(): void;
  readonly throttleCheckTimeoutId: object | null;
}

const require = createRequire(import.meta.url);
const RequestQueue: new (options: object) => Queue = require('kafkajs/src/network/requestQueue');

let queue: Queue;
let sent: number[];
let answered: number[];

beforeAll(restWhenIdle);
beforeEach(() => {
  sent = [];
  answered = [];
  queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    logger: { debug() {}, warn() {} },
  });
});

const request = (correlationId: number) =>
  queue.push({
    entry: { correlationId, resolve: () => answered.push(correlationId), reject() {} },
    expectResponse: true,
    sendRequest: () => sent.push(correlationId),
  });
const answer = (correlationId: number) =>
  queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 });

test('a connection that only waits for answers sets no timer', () => {
  request(1);
  expect(queue.throttleCheckTimeoutId).toBeNull();
  answer(1);
  expect([sent, answered, queue.throttleCheckTimeoutId]).toEqual([[1], [1], null]);
});

test('a request that must wait for another one is sent after it', () => {
  request(1);
  request(2);
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
  answer(2);
  queue.destroy();
  expect(answered).toEqual([1, 2]);
});

test('a request that a broker throttles is sent when the throttle ends', async () => {
  queue.maybeThrottle(20);
  await new Promise<void>((resolve) => {
    queue.push({
      entry: { correlationId: 3, resolve() {}, reject() {} },
      expectResponse: true,
      sendRequest: resolve,
    });
  });
  queue.destroy();
});
