import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import { createBudget } from '../../../../../localstack/kafka-poller/budget.ts';
import { createFetchClock } from '../../../../../localstack/kafka-poller/fetch-clock.ts';
import {
  installFetchGate,
  runOn,
} from '../../../../../localstack/kafka-poller/kafkajs-patches/fetch-gate.ts';
import type { RecordBatch } from '../../../../../localstack/kafka-poller/record-batch.ts';
import { batchOf, recordAt } from '../segments.ts';

const MB = 1024 * 1024;
const original = Broker.prototype.fetch;
let answer: () => { batches: RecordBatch[] };
beforeEach(() => {
  Broker.prototype.fetch = async () => ({
    responses: [{ topicName: 't', partitions: [{ messages: answer().batches }] }],
  });
  installFetchGate();
});
afterEach(() => {
  Broker.prototype.fetch = original;
});

const fetchFrom = (nodeId: number) =>
  Broker.prototype.fetch.call(Object.assign(Object.create(Broker.prototype), { nodeId }), {});

test('a broker that is gone keeps no memory from the others', async () => {
  const budget = createBudget({ textBytes: 16 * MB, fetchBytes: MB });
  const [account, other] = [budget.open(), budget.open()];
  answer = () => {
    throw new Error('connection closed');
  };
  await expect(runOn({ account, clock: createFetchClock() }, () => fetchFrom(1))).rejects.toThrow('closed');
  expect(await other.fetching(2)).toBeGreaterThan(0);
});

test('record batches know when their fetch began, not when it was answered', async () => {
  const clock = createFetchClock();
  const batch = batchOf([recordAt(0)]);
  answer = () => {
    clock.move();
    return { batches: [batch] };
  };
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  clock.fetchBegins(1);
  await runOn({ account, clock }, () => fetchFrom(1));
  expect(batch.fetchBegunAt).toBe(clock.beginOfFetch(1));
  expect(batch.fetchBegunAt).toBeLessThan(clock.move());
});
