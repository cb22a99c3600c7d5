import { type Topic, topics } from '../../lambdas/shared/kafka/topics.ts';
import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { encodeObservation } from '../../lambdas/shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../lambdas/shared/wire/scored-transaction.ts';
import { isTransaction, jsonObject, observationOfError } from './correct.ts';
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
export function redrivenMessage(
  row: Pick<ErrorRow, 'topic' | 'corrected' | 'rawRow'>,
  limits: Limits,
): RedrivenMessage {
  if (isTransaction(row)) {
    const text = row.corrected ?? row.rawRow ?? '';
    const { transaction } = scoredTransactionFromWire(jsonObject(text));
    return { topic: topics.transactions, key: transaction.accountId, value: text };
  }
  const observation = observationOfError(row, limits);
  return {
    topic: topics.weatherData,
    key: observation.location,
    value: encodeObservation({ ...observation, retry: 0 }),
  };
}
