import type { Database } from '../../shared/postgres/database.ts';
import type { Unfinished } from './check-day-quality.ts';

/** A day's result is made of the rows of the first and the alerts of the second. */
const consumers = ['land-observations', 'watch-weather'];

export const countsTables = ({ query }: Pick<Database, 'query'>) => ({
  async readCounts(day: string): Promise<{ landedNow: number; published: number }> {
    const [found] = await query<{ landed: string; published: string }>(
      `select coalesce((select sum(rows) from landed_days where event_date = $1), 0) as landed,
              coalesce((select coalesce(records, rows) from published_days where day = $1), 0) as published`,
      [day],
    );
    return { landedNow: Number(found?.landed), published: Number(found?.published) };
  },

  async countUnfinished(): Promise<Omit<Unfinished, 'files'>> {
    const [found] = await query<{ retries: string; failed: string }>(
      `select (select count(*)
                 from applied_origins
                where consumer = any($1::text[]) and next_attempt is not null) as retries,
              (select count(*)
                 from error_weather_data
                where processing_status in ('NEW', 'REDRIVING')
                  and error_type = 'BATCH_FAILED' and failed_in = any($1::text[])) as failed`,
      [consumers],
    );
    return { retries: Number(found?.retries), failedRecords: Number(found?.failed) };
  },
});
