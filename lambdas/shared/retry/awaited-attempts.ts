import type { AwaitedAttempt } from '../../weather/retry-observations/retry-observations.ts';
import { column } from '../exactly-once/exactly-once.ts';
import { formatOrigin } from '../kafka/kafka-event.ts';
import type { Query } from '../postgres/database.ts';

/** Decided by the function `give_up` in the database, under the locks of the partitions that the records come from. */
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
