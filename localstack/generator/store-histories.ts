import type { AccountHistory } from '../../lambdas/fraud/score-transaction/features.ts';
import { connectDatabase, type DatabaseOptions } from '../../lambdas/shared/postgres/database.ts';

/**
 * Stores the histories of accounts in the platform's database, as an operator does from the bank's records.
 * An account that has a history already keeps it.
 */
export async function storeHistories(
  options: DatabaseOptions,
  histories: ReadonlyMap<string, AccountHistory>,
): Promise<void> {
  const database = connectDatabase(options);
  try {
    await database.query(
      `insert into account_activity (account_id, activity)
       select * from unnest($1::text[], $2::jsonb[])
           on conflict (account_id) do nothing`,
      [[...histories.keys()], [...histories.values()].map((history) => JSON.stringify(history))],
    );
  } finally {
    await database.close();
  }
}
