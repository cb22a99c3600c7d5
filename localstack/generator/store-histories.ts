import pg from 'pg';
import type { AccountHistory } from '../../lambdas/fraud/score-transaction/features.ts';

/**
 * Tells the platform what accounts did before it knew them, as whoever brings a model into use does from its books. An account that
 * it knows already keeps what is known.
 */
export async function keepHistories(
  postgresUrl: string,
  histories: ReadonlyMap<string, AccountHistory>,
): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    await client.query(
      `insert into account_activity (account_id, activity)
       select * from unnest($1::text[], $2::jsonb[])
           on conflict (account_id) do nothing`,
      [[...histories.keys()], [...histories.values()].map((history) => JSON.stringify(history))],
    );
  } finally {
    await client.end();
  }
}
