import { expect, test } from '@jest/globals';
import {
  type Partition,
  type Published,
  publishDay,
} from '../../../../../lambdas/daily/publish-day/publish-day.ts';

const day = '2024-01-01';

/** A catalog in memory, and the published result of one day. */
function world(published: Published | undefined, failing?: string) {
  const moved = new Map<string, string>();
  const recorded: string[] = [];
  return {
    moved,
    recorded,
    lockDay: async () => published,
    movePartition: async ({ table, prefix }: Partition) => {
      if (table === failing) throw new Error(`${table} cannot be moved`);
      moved.set(table, prefix);
    },
    recordMoved: async (of: string) => void recorded.push(of),
  };
}

test('each table points to the published run, whichever run asks', async () => {
  const lake = world({ revision: 2, runId: 'r2' });
  expect(await publishDay(day, lake)).toEqual({ revision: 2, runId: 'r2' });
  expect(Object.fromEntries(lake.moved)).toEqual({
    curated_observations: 'curated/observations/event_date=2024-01-01/run=r2/',
    daily_weather: 'daily/weather_summary/event_date=2024-01-01/run=r2/',
  });
  expect(lake.recorded).toEqual([day]);
});

test('the day is not recorded as moved when one table cannot be moved', async () => {
  const lake = world({ revision: 2, runId: 'r2' }, 'daily_weather');
  await expect(publishDay(day, lake)).rejects.toThrow('daily_weather cannot be moved');
  expect(lake.recorded).toEqual([]);
});

test('a day without a loaded result is refused', async () => {
  await expect(publishDay(day, world(undefined))).rejects.toThrow('no result of 2024-01-01');
});
