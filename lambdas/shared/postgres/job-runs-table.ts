import type { Query } from './database.ts';

/** Notes that a scheduled job runs now: `GET /metrics` shows when it last did. */
export const recordJobRun =
  (query: Query) =>
  async (job: 'daily' | 'sensor'): Promise<void> => {
    await query(
      `insert into job_runs (job_name, ran_at) values ($1, now())
           on conflict (job_name) do update set ran_at = excluded.ran_at`,
      [job],
    );
  };
