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
 * What is sent of an error: its correction, or what failed although it is valid. A scored transaction goes back to
 * `transactions`, all else to `weather-data`. Throws BadRecord for what is not of its topic.
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
