import { afterEach, beforeEach, expect, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import { createBudget } from '../../../../../localstack/kafka-poller/budget.ts';
import { createFetchClock } from '../../../../../localstack/kafka-poller/fetch-clock.ts';
import { createFetchWaits } from '../../../../../localstack/kafka-poller/fetch-waits.ts';
import {
  installFetchGate,
  runOn,
} from '../../../../../localstack/kafka-poller/kafkajs-patches/fetch-gate.ts';
import type { RecordBatch } from '../../../../../localstack/kafka-poller/record-batch.ts';
import { createTopicIdentity } from '../../../../../localstack/kafka-poller/topic-identity.ts';
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

/** A broker without topic ids. */
const fetchFrom = (nodeId: number) =>
  Broker.prototype.fetch.call(Object.assign(Object.create(Broker.prototype), { nodeId, versions: {} }), {});
const waits = () => createFetchWaits(() => false);
const identity = () =>
  createTopicIdentity({
    topics: ['t'],
    known: new Map(),
    onReplaced: (replaced) => {
      throw replaced;
    },
  });

test('a failed fetch frees its memory for the other mappings', async () => {
  const budget = createBudget({ textBytes: 16 * MB, fetchBytes: MB });
  const [account, other] = [budget.open(), budget.open()];
  answer = () => {
    throw new Error('connection closed');
  };
  await expect(
    runOn({ account, clock: createFetchClock(), identity: identity(), waits: waits() }, () => fetchFrom(1)),
  ).rejects.toThrow('closed');
  expect(await other.reserve(2)).toBeGreaterThan(0);
});

test('a fetch that the end of its session interrupts has no records, and frees its memory', async () => {
  const budget = createBudget({ textBytes: 16 * MB, fetchBytes: MB });
  const [account, other] = [budget.open(), budget.open()];
  const ending = waits();
  Broker.prototype.fetch = () => new Promise(() => ending.endWaits());
  installFetchGate();
  const store = { account, clock: createFetchClock(), identity: identity(), waits: ending };
  expect(await runOn(store, () => fetchFrom(1))).toEqual({ responses: [] });
  expect(await other.reserve(2)).toBeGreaterThan(0);
});

test('a record batch has the time at which its fetch started, not the time of the response', async () => {
  const clock = createFetchClock();
  const batch = batchOf([recordAt(0)]);
  answer = () => {
    clock.tick();
    return { batches: [batch] };
  };
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  clock.startFetch(1);
  await runOn({ account, clock, identity: identity(), waits: waits() }, () => fetchFrom(1));
  expect(batch.fetchStartedAt).toBe(clock.fetchStartedAt(1));
  expect(batch.fetchStartedAt).toBeLessThan(clock.tick());
});
