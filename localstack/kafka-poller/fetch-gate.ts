import { AsyncLocalStorage } from 'node:async_hooks';
import Broker from 'kafkajs/src/broker/index.js';
import type { Account } from './budget.ts';
import { isRecordBatch } from './record-batch.ts';

const accounts = new AsyncLocalStorage<Account>();

/** What a consumer fetches while it runs is charged to this account. */
export const runOn = <T>(account: Account, run: () => T): T => accounts.run(account, run);

/**
 * Has fetches wait for memory before they are sent; kafkajs itself asks only after the answer is there. It has to
 * go on meanwhile, as it heartbeats and rejoins between fetches: one that waits too long is answered with nothing.
 */
export function installFetchGate(): void {
  const { fetch } = Broker.prototype;
  Broker.prototype.fetch = async function (request) {
    const account = accounts.getStore();
    if (!account) throw new Error('a fetch of no mapping');
    const maxBytes = await account.fetching(this.nodeId);
    if (maxBytes === 0) return { responses: [] };
    const response = await fetch.call(this, { ...request, maxBytes });
    account.fetched(this.nodeId, bytesOf(response));
    return response;
  };
}

type Response = Awaited<ReturnType<Broker['fetch']>>;

function bytesOf({ responses }: Response): number {
  let bytes = 0;
  for (const { partitions } of responses) {
    for (const { messages } of partitions) {
      for (const batch of messages) if (isRecordBatch(batch)) bytes += batch.records.length;
    }
  }
  return bytes;
}
