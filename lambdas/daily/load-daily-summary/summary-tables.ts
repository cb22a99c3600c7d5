import type { Query } from '../../shared/postgres/database.ts';
import { lockDay } from '../shared/day-lock.ts';
import type { Difference, Ports } from './load-daily-summary.ts';

/** The fields of the rows are named like the columns, so Postgres can parse the rows itself. */
const given = 'jsonb_populate_recordset(null::daily_weather_summary, $2::jsonb)';

export const summaryTables = (query: Query): Omit<Ports, 'readLines'> => ({
  async lockDay(day) {
    await lockDay(query, day);
    const [row] = await query<{
      revision: number;
      run_id: string;
      digest: string;
      rows: string;
      changes: string[];
      in_catalog: boolean;
    }>(
      `select revision, run_id, digest, rows, changes, catalog_published_at is not null as in_catalog
         from published_days
        where day = $1`,
      [day],
    );
    if (!row) return undefined;
    const { revision, run_id: runId, digest, rows, changes, in_catalog: inCatalog } = row;
    return { revision, runId, digest, rows: Number(rows), changes, inCatalog };
  },

  async compare(day, rows) {
    const found = await query<{ location: string; before: string | null; after: string | null }>(
      `select location, old.observations as before, new.observations as after
         from ${given} as new
         full join (select * from daily_weather_summary where day = $1) as old using (location)
        where to_jsonb(old) - 'day' - 'revision' is distinct from to_jsonb(new) - 'day' - 'revision'
        order by location`,
      [day, JSON.stringify(rows)],
    );
    const count = (text: string | null) => (text === null ? null : Number(text));
    return found.map(
      ({ location, before, after }): Difference => ({ location, before: count(before), after: count(after) }),
    );
  },

  async replace(day, revision, rows, locations) {
    await query('delete from daily_weather_summary where day = $1 and location = any($2::text[])', [
      day,
      locations,
    ]);
    const changed = new Set(locations);
    const replacing = rows
      .filter(({ location }) => changed.has(location))
      .map((row) => ({ ...row, day, revision }));
    await query(
      `insert into daily_weather_summary
       select * from jsonb_populate_recordset(null::daily_weather_summary, $1::jsonb)`,
      [JSON.stringify(replacing)],
    );
  },

  async publish(day, { revision, runId, rows, digest, changes }) {
    await query(
      `insert into published_days (day, revision, run_id, rows, digest, changes)
       values ($1, $2, $3, $4, $5, $6::jsonb)
           on conflict (day) do update
          set (revision, run_id, rows, digest, changes, published_at, catalog_published_at)
            = (excluded.revision, excluded.run_id, excluded.rows, excluded.digest, excluded.changes,
               now(), null)`,
      [day, revision, runId, rows, digest, JSON.stringify(changes)],
    );
  },
});
