import type { Query } from '../shared/database.ts';
import type { Ports, Run } from './forget-runs.ts';

export const replacedRunsTable = (
  query: Query,
): Pick<Ports, 'noteReplaced' | 'replacedBefore' | 'forget'> => ({
  async noteReplaced({ day, runId }, others) {
    await query(
      'insert into replaced_runs (day, run_id) select $1, unnest($2::text[]) on conflict do nothing',
      [day, others],
    );
    await query('delete from replaced_runs where day = $1 and run_id = $2', [day, runId]);
  },

  async replacedBefore(ms) {
    const rows = await query<{ day: string; run_id: string }>(
      `select to_char(day, 'YYYY-MM-DD') as day, run_id
         from replaced_runs
        where replaced_at < $1 and (day, run_id) not in (select day, run_id from published_days)
        order by 1, 2`,
      [new Date(ms).toISOString()],
    );
    return rows.map(({ day, run_id }): Run => ({ day, runId: run_id }));
  },

  async forget({ day, runId }) {
    await query('delete from replaced_runs where day = $1 and run_id = $2', [day, runId]);
  },
});
