import type { Query } from '../../shared/postgres/database.ts';
import { lockDay } from '../shared/day-lock.ts';
import type { Difference, Ports } from './load-daily-summary.ts';

/** The fields of the rows are named like the columns, so Postgres can parse the rows itself. */
const given = 'jsonb_populate_recordset(null::daily_weather_summary, $2::jsonb)';

/** A correction of thousands of files is told by its first ones; `day_files` has all. */
const replacementsTold = 10;

export const summaryTables = (query: Query): Omit<Ports, 'readLines'> => ({
  async lockDay(day) {
    await lockDay(query, day);
    const [row] = await query<{
      revision: number;
      run_id: string;
      digest: string;
      rows: string;
      records: string;
      superseded: string;
      changes: string[];
      in_catalog: boolean;
    }>(
      `select revision, run_id, digest, rows, coalesce(records, rows) as records, superseded, changes, catalog_published_at is not null as in_catalog
         from published_days
        where day = $1`,
      [day],
    );
    if (!row) return undefined;
    const {
      revision,
      run_id: runId,
      digest,
      rows,
      records,
      superseded,
      changes,
      in_catalog: inCatalog,
    } = row;
    return {
      ...{ revision, runId, digest, superseded, changes, inCatalog },
      ...{ rows: Number(rows), records: Number(records) },
    };
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

  async superseded(day) {
    const [row] = await query<{ superseded: string }>('select superseded_on($1::date) as superseded', [day]);
    return row?.superseded ?? '';
  },

  async replaceFiles(day, files) {
    const replaced = await query<{
      key: string;
      rows_added: string;
      rows_removed: string;
      rows_changed: string;
    }>(
      `select f.key, n.rows_added, n.rows_removed, n.rows_changed
         from jsonb_populate_recordset(null::day_files, $2::jsonb) as n
         join ingested_files f on f.source = n.source
        where n.rows_added is not null
          and not exists (select from day_files o
                           where o.day = $1 and o.source = n.source and o.replaces = f.replaces)
        order by f.key
        limit ${replacementsTold}`,
      [day, JSON.stringify(files)],
    );
    await query('delete from day_files where day = $1', [day]);
    await query(
      `insert into day_files
       select $1, n.source, n.same_values, n.other_values, f.replaces, n.rows_added, n.rows_removed, n.rows_changed
         from jsonb_populate_recordset(null::day_files, $2::jsonb) as n
         left join ingested_files f on f.source = n.source and n.rows_added is not null`,
      [day, JSON.stringify(files)],
    );
    return replaced.map(({ key, rows_added, rows_removed, rows_changed }) => {
      const [added, removed, changed] = [rows_added, rows_removed, rows_changed].map(Number) as [
        number,
        number,
        number,
      ];
      const sum = added + removed + changed;
      const how = `${added} added, ${removed} removed, ${changed} with other values`;
      return `${key} replaces its earlier version: ${sum} ${sum === 1 ? 'row' : 'rows'} changed (${how})`;
    });
  },

  async confirm(day, { records, superseded }) {
    await query('update published_days set records = $2, superseded = $3 where day = $1', [
      day,
      records,
      superseded,
    ]);
  },

  async publish(day, { revision, runId, rows, records, superseded, digest, changes }) {
    await query(
      `insert into published_days (day, revision, run_id, rows, digest, changes, records, superseded)
       values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)
           on conflict (day) do update
          set (revision, run_id, rows, digest, changes, records, superseded, published_at, catalog_published_at)
            = (excluded.revision, excluded.run_id, excluded.rows, excluded.digest, excluded.changes,
               excluded.records, excluded.superseded, now(), null)`,
      [day, revision, runId, rows, digest, JSON.stringify(changes), records, superseded],
    );
  },
});
