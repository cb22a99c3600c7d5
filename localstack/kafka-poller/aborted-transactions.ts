import Broker from 'kafkajs/src/broker/index.js';
import { isRecordBatch, type RecordBatch } from './record-batch.ts';

/** A transaction that was aborted, as a broker lists it beside the batches of a fetch. */
export type AbortedTransaction = { producerId: string; firstOffset: string };

/**
 * Empties the batches of aborted transactions, so that only their offsets are left:
 * https://kafka.apache.org/documentation/#consumerconfigs_isolation.level, `read_committed`. Brokers list the
 * transactions in the order in which they ended, and a fetch may begin in the middle of several.
 */
export function emptyAborted(batches: RecordBatch[], aborted: AbortedTransaction[]): void {
  const upcoming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<string>();
  for (const batch of batches) {
    while (upcoming[0] && upcoming[0].firstOffset <= Number(batch.offset)) {
      open.add(upcoming[0].producerId);
      upcoming.shift();
    }
    if (batch.isAbortMarker) open.delete(batch.producerId);
    else if (batch.isTransactional && open.has(batch.producerId)) batch.count = 0;
  }
}

/**
 * Has it done in each fetch, in the place of kafkajs's own filter. That one takes the transactions in the order of the
 * broker's list and one for each message, and so lets aborted records through where transactions overlap.
 */
export function installTransactionFilter(): void {
  const { fetch } = Broker.prototype;
  Broker.prototype.fetch = async function (request) {
    const response = await fetch.call(this, request);
    for (const partition of response.responses.flatMap(({ partitions }) => partitions)) {
      emptyAborted(partition.messages.filter(isRecordBatch), partition.abortedTransactions ?? []);
      partition.abortedTransactions = [];
    }
    return response;
  };
}
