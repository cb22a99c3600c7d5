import { expect, test } from '@jest/globals';
import {
  type Partition,
  type Published,
  publishDay,
} from '../../../../../lambdas/daily/publish-day/publish-day.ts';

const day = '2024-01-01';

/** A catalog and what counts of one day. */
function world(published: Published | undefined, failing?: string) {
  const moved = new Map<string, string>();
  const noted: string[] = [];
  return {
    moved,
    noted,
    lockDay: async () => published,
    movePartition: async ({ table, prefix }: Partition) => {
      if (table === failing) throw new Error(`${table} cannot be moved`);
      moved.set(table, prefix);
    },
    noteMoved: async (of: string) => void noted.push(of),
  };
}

test('each table is pointed at the run that counts, whichever run asks for it', async () => {
  const lake = world({ revision: 2, runId: 'r2' });
  expect(await publishDay(day, lake)).toEqual({ revision: 2, runId: 'r2' });
  expect(Object.fromEntries(lake.moved)).toEqual({
    curated_observations: 'curated/observations/event_date=2024-01-01/run=r2/',
    daily_weather: 'daily/weather_summary/event_date=2024-01-01/run=r2/',
  });
  expect(lake.noted).toEqual([day]);
});

test('tables of which one could not be moved are not noted as moved', async () => {
  const lake = world({ revision: 2, runId: 'r2' }, 'daily_weather');
  await expect(publishDay(day, lake)).rejects.toThrow('daily_weather cannot be moved');
  expect(lake.noted).toEqual([]);
});

test('a day of which nothing was loaded is refused', async () => {
  await expect(publishDay(day, world(undefined))).rejects.toThrow('no result of 2024-01-01');
});
