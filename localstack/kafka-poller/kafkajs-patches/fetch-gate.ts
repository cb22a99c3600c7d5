import { AsyncLocalStorage } from 'node:async_hooks';
import Broker from 'kafkajs/src/broker/index.js';
import type { Account } from '../budget.ts';
import type { FetchClock } from '../fetch-clock.ts';
import { isRecordBatch, type RecordBatch } from '../record-batch.ts';

type Store = { account: Account; clock: FetchClock };
const stores = new AsyncLocalStorage<Store>();

/** What a consumer fetches while it runs is charged to this account, and told by this clock. */
export const runOn = <T>(store: Store, run: () => T): T => stores.run(store, run);

/**
 * Has fetches wait for memory before they are sent; kafkajs itself asks only after the answer is there. It has to
 * go on meanwhile, as it heartbeats and rejoins between fetches: one that waits too long is answered with nothing.
 */
export function installFetchGate(): void {
  const { fetch } = Broker.prototype;
  Broker.prototype.fetch = async function (request) {
    const store = stores.getStore();
    if (!store) throw new Error('a fetch of no mapping');
    const { account, clock } = store;
    const begunAt = clock.beginOfFetch(this.nodeId);
    const maxBytes = await account.fetching(this.nodeId);
    if (maxBytes === 0) return { responses: [] };
    try {
      const response = await fetch.call(this, { ...request, maxBytes });
      const batches = recordBatches(response);
      for (const batch of batches) batch.fetchBegunAt = begunAt;
      account.fetched(
        this.nodeId,
        batches.reduce((sum, { records }) => sum + records.length, 0),
      );
      return response;
    } catch (error) {
      // A broker that is gone is not asked again, and would keep what was booked for it.
      account.used(this.nodeId);
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
