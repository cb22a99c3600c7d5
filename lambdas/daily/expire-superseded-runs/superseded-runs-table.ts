import type { Query } from '../../shared/postgres/database.ts';
import type { Ports, Run } from './expire-superseded-runs.ts';

export const supersededRunsTable = (
  query: Query,
): Pick<Ports, 'recordSuperseded' | 'supersededBefore' | 'deleteRecord'> => ({
  async recordSuperseded(day, runs, inCatalog) {
    const isInUse =
      'run_id = any($2::text[]) or run_id in (select run_id from published_days where day = $1)';
    await query(`delete from replaced_runs where day = $1 and (${isInUse})`, [day, inCatalog]);
    await query(
      `insert into replaced_runs (day, run_id)
       select $1, run_id from unnest($3::text[]) as run_id where not (${isInUse})
           on conflict do nothing`,
      [day, inCatalog, runs],
    );
  },

  async supersededBefore(ms) {
    const rows = await query<{ day: string; run_id: string }>(
      `select to_char(day, 'YYYY-MM-DD') as day, run_id
         from replaced_runs
        where replaced_at < $1 and (day, run_id) not in (select day, run_id from published_days)
        order by 1, 2`,
      [new Date(ms).toISOString()],
    );
    return rows.map(({ day, run_id }): Run => ({ day, runId: run_id }));
  },

  async deleteRecord({ day, runId }) {
    await query('delete from replaced_runs where day = $1 and run_id = $2', [day, runId]);
  },
});
