import type { Query } from '../../shared/postgres/database.ts';

/** Until the transaction ends, nobody else loads the day or moves its partitions. */
export async function lockDay(query: Query, day: string): Promise<void> {
  await query("select pg_advisory_xact_lock(hashtextextended('daily-result/' || $1, 0))", [day]);
}
