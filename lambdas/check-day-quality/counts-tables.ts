import type { Database } from '../shared/database.ts';

export const countsTables =
  ({ query }: Pick<Database, 'query'>) =>
  async (day: string): Promise<{ landedNow: number; published: number }> => {
    const [found] = await query<{ landed: string; published: string }>(
      `select coalesce((select sum(rows) from landed_days where event_date = $1), 0) as landed,
              coalesce((select rows from published_days where day = $1), 0) as published`,
      [day],
    );
    return { landedNow: Number(found?.landed), published: Number(found?.published) };
  };
