import type { Query } from '../../shared/postgres/database.ts';

/** Locks the day: until the transaction ends, nobody else can load it or move its partitions. */
export async function lockDay(query: Query, day: string): Promise<void> {
  await query("select pg_advisory_xact_lock(hashtextextended('daily-result/' || $1, 0))", [day]);
}
