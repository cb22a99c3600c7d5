import type { Query } from '../../shared/postgres/database.ts';
import type { Ports } from './update-metrics.ts';

/** Rows are locked in the order of their keys, to avoid deadlocks. */
const setNewest = `
  with given as (
    select id, name, labels::jsonb as labels, value, to_timestamp(observed_at_ms / 1000.0) as observed_at
      from unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::bigint[])
           as given(id, name, labels, value, observed_at_ms)
  ), taken as (
    insert into metric_updates (id)
    select id from given order by id
        on conflict (id) do nothing
    returning id
  ), changed as (
    insert into metric_gauges (name, labels, value, observed_at)
    select distinct on (name, labels) name, labels, value, observed_at
      from given join taken using (id)
     order by name, labels, observed_at desc, id
        on conflict (name, labels) do update set value = excluded.value, observed_at = excluded.observed_at
     where metric_gauges.observed_at < excluded.observed_at
    returning name
  )
  select (select count(*) from taken)::int as taken, (select count(*) from changed)::int as changed`;

export const gaugesTable =
  (query: Query): Ports['setGauges'] =>
  async (samples) => {
    const [outcome] = await query<{ taken: number; changed: number }>(setNewest, [
      samples.map(({ id }) => id),
      samples.map(({ name }) => name),
      samples.map(({ labels }) => JSON.stringify(labels)),
      samples.map(({ value }) => value),
      samples.map(({ observedAtMs }) => observedAtMs),
    ]);
    if (outcome === undefined) throw new Error('Setting gauges failed: Postgres returned no row');
    return outcome;
  };
