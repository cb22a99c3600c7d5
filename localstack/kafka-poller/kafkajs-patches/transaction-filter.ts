// Replaces the filter of aborted transactions of kafkajs 2.2.4 by wrapping `Broker.prototype.fetch` in
// `kafkajs/src/broker`. kafkajs's filter lets aborted records through where transactions overlap: it takes
// the aborted transactions in the order in which they ended, and only one for each message.
import Broker from 'kafkajs/src/broker/index.js';
import { emptyAborted } from '../aborted-transactions.ts';
import { isRecordBatch } from '../record-batch.ts';
import { brokerFetch } from './broker-fetch.ts';

/** Empties the batches of aborted transactions in each fetch response, before kafkajs sees it. */
export function installTransactionFilter(): void {
  const fetch = brokerFetch();
  Broker.prototype.fetch = async function (request) {
    const response = await fetch.call(this, request);
    for (const partition of response.responses.flatMap(({ partitions }) => partitions)) {
      emptyAborted(partition.messages.filter(isRecordBatch), partition.abortedTransactions ?? []);
      // With an empty list kafkajs's own filter does nothing.
      partition.abortedTransactions = [];
    }
    return response;
  };
}
