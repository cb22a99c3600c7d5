import { createRequire } from 'node:module';
import { beforeAll, expect, test } from '@jest/globals';
import { installIdleRequests } from '../../../../../localstack/kafka-poller/kafkajs-patches/idle-requests.ts';

interface Queue {
  push(request: object): void;
  fulfillRequest(answer: object): void;
  destroy(): void;
  readonly throttleCheckTimeoutId: object | null;
}

const require = createRequire(import.meta.url);
const RequestQueue: new (options: object) => Queue = require('kafkajs/src/network/requestQueue');

beforeAll(installIdleRequests);

test('a connection sets no timer while no request waits, and sends a waiting request after the one before it', () => {
  const sent: number[] = [];
  const queue = new RequestQueue({
    maxInFlightRequests: 1,
    requestTimeout: 1_000,
    logger: { debug() {}, warn() {} },
  });
  const request = (correlationId: number) =>
    queue.push({
      entry: { correlationId, resolve() {}, reject() {} },
      expectResponse: true,
      sendRequest: () => sent.push(correlationId),
    });
  const answer = (correlationId: number) =>
    queue.fulfillRequest({ correlationId, payload: Buffer.alloc(0), size: 0 });
  request(1);
  expect(queue.throttleCheckTimeoutId).toBeNull();
  request(2);
  expect(queue.throttleCheckTimeoutId).not.toBeNull();
  expect(sent).toEqual([1]);
  answer(1);
  expect(sent).toEqual([1, 2]);
  answer(2);
  queue.destroy();
});
