import type { Database } from '../../shared/postgres/database.ts';
import type { Ports } from './find-due-days.ts';

/** Finds the days to correct by comparing row counts by day with what was published. */
export const daysToCorrect =
  ({ query }: Pick<Database, 'query'>): Ports['daysToCorrect'] =>
  async (from, to, limit) => {
    const rows = await query<{ day: string }>(
      `select to_char(l.event_date, 'YYYY-MM-DD') as day
         from landed_days l
         left join published_days p on p.day = l.event_date
        where l.event_date between $1 and $2
        group by l.event_date, p.rows, p.catalog_published_at
       having sum(l.rows) > coalesce(p.rows, 0) or p.catalog_published_at is null
        order by l.event_date
        limit $3`,
      [from, to, limit],
    );
    return rows.map(({ day }) => day);
  };
