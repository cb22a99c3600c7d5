import { type Topic, topics } from '../../lambdas/shared/kafka/topics.ts';
import { encodeObservation } from '../../lambdas/shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../lambdas/shared/wire/scored-transaction.ts';
import { jsonObject, observationOfMessage } from './correct.ts';
import type { ErrorRow } from './errors-table.ts';

export interface RedrivenMessage {
  readonly topic: Topic;
  readonly key: string;
  readonly value: string;
}

/**
 * The message to send for an error: the corrected row, or the raw row if it is valid. A scored transaction
 * goes to `transactions`, any other row to `weather-data`.
 * @throws BadRecord when the row is invalid
 */
export function redrivenMessage({
  topic,
  corrected,
  rawRow,
}: Pick<ErrorRow, 'topic' | 'corrected' | 'rawRow'>): RedrivenMessage {
  const text = corrected ?? rawRow ?? '';
  if (topic === topics.transactions.name) {
    const { transaction } = scoredTransactionFromWire(jsonObject(text));
    return { topic: topics.transactions, key: transaction.accountId, value: text };
  }
  const observation = observationOfMessage(text);
  return {
    topic: topics.weatherData,
    key: observation.location,
    value: encodeObservation({ ...observation, retry: 0 }),
  };
}
