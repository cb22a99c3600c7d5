import { formatOrigin } from '../kafka/kafka-event.ts';
import { column } from '../postgres/column.ts';
import type { Query } from '../postgres/database.ts';
import type { AwaitedAttempt } from './retry-topic.ts';

/**
 * Ends attempts that will not be made, and returns those that were still awaited, each once. Any copy that
 * comes later has no effect. The function `give_up` of the database decides, while it locks the ledger rows
 * of their origins.
 */
export async function giveUp<T extends AwaitedAttempt>(query: Query, attempts: readonly T[]): Promise<T[]> {
  const [result] = await query<{ given_up: number[] }>(
    'select given_up from give_up($1::text[], $2::text[], $3::int[], $4::text[], $5::int[])',
    [
      column(attempts, 'consumer'),
      attempts.map(({ origin }) => origin.topic),
      attempts.map(({ origin }) => origin.partition),
      attempts.map(({ origin }) => formatOrigin(origin)),
      column(attempts, 'attempt'),
    ],
  );
  return (result?.given_up ?? []).flatMap((place) => attempts[place - 1] ?? []);
}
