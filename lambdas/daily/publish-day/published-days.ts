import type { Query } from '../../shared/postgres/database.ts';
import { lockDay } from '../shared/day-lock.ts';
import type { Ports } from './publish-day.ts';

export const publishedDays = (query: Query): Omit<Ports, 'movePartition'> => ({
  async lockDay(day) {
    await lockDay(query, day);
    const [row] = await query<{ revision: number; run_id: string }>(
      'select revision, run_id from published_days where day = $1',
      [day],
    );
    return row && { revision: row.revision, runId: row.run_id };
  },

  async recordMoved(day) {
    await query('update published_days set catalog_published_at = now() where day = $1', [day]);
  },
});
