import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { RowCount } from './land-observations.ts';

/** Runs in the transaction that advances the ledger, so each row is counted exactly once. */
export async function addRowCounts(query: Query, counts: readonly RowCount[]): Promise<void> {
  await query(
    `insert into landed_days as known (event_date, ingest_date, topic, partition, rows)
     select * from unnest($1::date[], $2::date[], $3::text[], $4::int[], $5::bigint[])
         on conflict (event_date, ingest_date, topic, partition)
         do update set rows = known.rows + excluded.rows`,
    [
      column(counts, 'eventDate'),
      column(counts, 'ingestDate'),
      column(counts, 'topic'),
      column(counts, 'partition'),
      column(counts, 'rows'),
    ],
  );
}
