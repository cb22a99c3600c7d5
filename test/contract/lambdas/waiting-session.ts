import type { Query } from '../../../lambdas/shared/postgres/database.ts';
import { waitFor } from '../../../localstack/wait-for.ts';

/** Waits until a session of the test's own database waits for a lock. */
export const someoneWaits = (query: Query) =>
  waitFor(
    'a session to wait for a lock',
    async () => {
      const waiting = await query(
        `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return waiting.length > 0;
    },
    { deadlineMs: 60_000 },
  );
