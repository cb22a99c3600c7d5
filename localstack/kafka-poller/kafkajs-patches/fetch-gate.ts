// Wraps `Broker.prototype.fetch` in `kafkajs/src/broker` of kafkajs 2.2.4. kafkajs limits memory only after a
// response has arrived. Here each fetch waits for its share of the poller's memory before it is sent. kafkajs
// also fetches by a topic's name, so a position of a deleted topic would hold for a new one of its name.
import { AsyncLocalStorage } from 'node:async_hooks';
import Broker from 'kafkajs/src/broker/index.js';
import type { Account } from '../budget.ts';
import type { FetchClock } from '../fetch-clock.ts';
import type { FetchWaits } from '../fetch-waits.ts';
import { isRecordBatch, type RecordBatch } from '../record-batch.ts';
import type { TopicIdentity } from '../topic-identity.ts';
import { brokerFetch } from './broker-fetch.ts';
import { topicIds } from './topic-ids.ts';

type Store = { account: Account; clock: FetchClock; identity: TopicIdentity; waits: FetchWaits };
const stores = new AsyncLocalStorage<Store>();

/** Fetches of a consumer that `run` starts are charged to this account, timed and checked. */
export const runOn = <T>(store: Store, run: () => T): T => stores.run(store, run);

/**
 * kafkajs sends heartbeats and rejoins its group between fetches, so a fetch must not wait for long. When
 * there is no memory in time, the answer is a response without records.
 */
export function installFetchGate(): void {
  const fetch = brokerFetch();
  Broker.prototype.fetch = async function (request) {
    const store = stores.getStore();
    if (!store) throw new Error('a fetch that belongs to no mapping');
    const { account, clock, identity, waits } = store;
    const startedAt = clock.fetchStartedAt(this.nodeId);
    const maxBytes = await account.reserve(this.nodeId);
    if (maxBytes === 0) return { responses: [] };
    try {
      const response = await waits.run((maxWaitTime) =>
        fetch.call(this, { ...request, maxBytes, maxWaitTime }),
      );
      if (!response) {
        account.release(this.nodeId);
        return { responses: [] };
      }
      // Asked after the fetch: a broker that has served the new topic's records knows its new id.
      const due = identity.due(this.nodeId, topicsWithRecords(response));
      if (due.length > 0 && !identity.confirm(due, await topicIds(this, due))) {
        account.release(this.nodeId);
        return { responses: [] };
      }
      const batches = recordBatches(response);
      for (const batch of batches) batch.fetchStartedAt = startedAt;
      account.received(
        this.nodeId,
        batches.reduce((sum, { records }) => sum + records.length, 0),
      );
      return response;
    } catch (error) {
      // A broker that is gone gets no further fetch, which would free the memory reserved for it.
      account.release(this.nodeId);
      throw error;
    }
  };
}

type Response = Awaited<ReturnType<Broker['fetch']>>;

function recordBatches({ responses }: Response): RecordBatch[] {
  return responses.flatMap(({ partitions }) =>
    partitions.flatMap(({ messages }) => messages.filter(isRecordBatch)),
  );
}

const topicsWithRecords = ({ responses }: Response): string[] =>
  responses
    .filter(({ partitions }) => partitions.some(({ messages }) => messages.length > 0))
    .map(({ topicName }) => topicName);
