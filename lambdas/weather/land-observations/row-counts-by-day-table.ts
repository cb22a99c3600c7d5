import { counters } from '../../shared/metrics/metrics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { LandedObject, RowCount } from './land-observations.ts';

/**
 * Runs in the transaction that advances the ledger, so each row is counted exactly once. Counters have a row
 * per partition, whose lock this function holds in the ledger anyway: no function waits.
 */
export async function addRowCounts(
  query: Query,
  counts: readonly RowCount[],
  objects: readonly LandedObject[],
): Promise<void> {
  const changes = objects.flatMap(({ partition, rows, bytes }) =>
    [
      { name: counters.weatherLandedRows.name, by: rows },
      { name: counters.weatherLandedObjects.name, by: 1 },
      { name: counters.weatherLandedBytes.name, by: bytes },
    ].map((change) => ({ ...change, labels: JSON.stringify({ partition: `${partition}` }) })),
  );
  await query(
    `with counted as (
       insert into metric_counters as c (name, labels, value)
       select name, labels::jsonb, by
         from unnest($6::text[], $7::text[], $8::bigint[]) as given(name, labels, by)
        order by 1, 2
           on conflict (name, labels) do update set value = c.value + excluded.value
     )
     insert into landed_days as known (event_date, ingest_date, topic, partition, rows)
     select * from unnest($1::date[], $2::date[], $3::text[], $4::int[], $5::bigint[])
         on conflict (event_date, ingest_date, topic, partition)
         do update set rows = known.rows + excluded.rows`,
    [
      column(counts, 'eventDate'),
      column(counts, 'ingestDate'),
      column(counts, 'topic'),
      column(counts, 'partition'),
      column(counts, 'rows'),
      column(changes, 'name'),
      column(changes, 'labels'),
      column(changes, 'by'),
    ],
  );
}
