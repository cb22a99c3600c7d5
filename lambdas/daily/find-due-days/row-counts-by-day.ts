import type { Database } from '../../shared/postgres/database.ts';
import type { Ports } from './find-due-days.ts';

/** Finds the days to correct by comparing rows and versions of files with those that were published. */
export const daysToCorrect =
  ({ query }: Pick<Database, 'query'>): Ports['daysToCorrect'] =>
  async (from, to, limit) => {
    const rows = await query<{ day: string }>(
      `select to_char(day, 'YYYY-MM-DD') as day
         from (select l.event_date as day
                 from landed_days l
                 left join published_days p on p.day = l.event_date
                where l.event_date between $1 and $2
                group by l.event_date, p.day
               having sum(l.rows) > coalesce(p.records, p.rows, 0) or p.catalog_published_at is null
                union
               select day from published_days where day <= $2 and superseded <> superseded_on(day)) as due
        order by day
        limit $3`,
      [from, to, limit],
    );
    return rows.map(({ day }) => day);
  };
