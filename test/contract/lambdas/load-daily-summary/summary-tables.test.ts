import { expect, test } from '@jest/globals';
import { loadDailySummary } from '../../../../lambdas/load-daily-summary/load-daily-summary.ts';
import { summaryTables } from '../../../../lambdas/load-daily-summary/summary-tables.ts';
import type { Query } from '../../../../lambdas/shared/database.ts';
import { waitFor } from '../../../../localstack/wait-for.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

const measures = ['temperature_c', 'humidity_pct', 'precipitation_mm', 'wind_speed_kmh'];
const statistics = ['min', 'mean', 'max', 'stddev', 'p05', 'p50', 'p95'];

/** A row as the job writes it; a location with one observation has no deviation. */
const row = (location: string, observations: number) => ({
  location,
  observations,
  ...Object.fromEntries(
    measures.flatMap((measure) => statistics.map((statistic) => [`${measure}_${statistic}`, 1 / 3])),
  ),
  temperature_c_stddev: null,
  rain_hours: 2,
  hours_seen: 24,
  completeness: 1,
  alerts: 0,
  first_seen: '2024-01-01T00:00:00.000Z',
  last_seen: '2024-01-01T23:59:59.999Z',
});

interface Result {
  readonly day: string;
  readonly runId: string;
  readonly rows: Readonly<Record<string, number>>;
}

const loadWithin = (tx: Query, { day, runId, rows }: Result) => {
  const lines = Object.entries(rows).map(([place, count]) => JSON.stringify(row(place, count)));
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const report = { rows: total, digest: JSON.stringify(rows), load: ['s3://lake/part-0.json'] };
  return loadDailySummary({ day, runId, report }, { ...summaryTables(tx), readLines: async () => lines });
};

const load = (result: Result) => connect().transaction((tx) => loadWithin(tx, result));

const stored = async (day: string) =>
  Object.fromEntries(
    (
      await query<{ location: string; observations: string; revision: number }>(
        'select location, observations, revision from daily_weather_summary where day = $1 order by location',
        [day],
      )
    ).map(({ location, observations, revision }) => [location, [Number(observations), revision]]),
  );

test('a correction replaces, adds and removes what differs, and touches nothing else', async () => {
  const day = '2024-01-01';
  await load({ day, runId: 'r1', rows: { Seoul: 5, Oslo: 1, Pune: 1 } });
  const changes = ['7 → 11 rows', 'Lima: new, 2 observations', 'Oslo: gone, had 1 observations'];
  expect(await load({ day, runId: 'r2', rows: { Seoul: 8, Pune: 1, Lima: 2 } })).toMatchObject({
    revision: 2,
    isNew: true,
    changes: [...changes, 'Seoul: 5 → 8 observations'],
  });
  expect(await stored(day)).toEqual({ Lima: [2, 2], Pune: [1, 1], Seoul: [8, 2] });
});

test('a run that found the same changes nothing, though its figures went by JSON and back', async () => {
  const day = '2024-01-02';
  await load({ day, runId: 'r1', rows: { Seoul: 5 } });
  const again = await load({ day, runId: 'r2', rows: { Seoul: 5 } });
  expect(again).toMatchObject({ revision: 1, isNew: false });
  expect(await stored(day)).toEqual({ Seoul: [5, 1] });
});

test('of two loads of a day at once, the one with fewer rows waits, sees the other and gives way', async () => {
  const day = '2024-01-03';
  const { promise: mayCommit, resolve: letCommit } = Promise.withResolvers<void>();
  const { promise: hasLoaded, resolve: tellLoaded } = Promise.withResolvers<void>();
  const later = connect().transaction(async (tx) => {
    const loaded = await loadWithin(tx, { day, runId: 'r2', rows: { Seoul: 6 } });
    tellLoaded();
    await mayCommit;
    return loaded;
  });
  await hasLoaded;
  const earlier = load({ day, runId: 'r1', rows: { Seoul: 5 } }).catch((error: Error) => error.message);
  await someoneWaits();
  letCommit();
  expect(await later).toMatchObject({ revision: 1 });
  expect(await earlier).toContain('5 rows, fewer than the 6');
  expect(await stored(day)).toEqual({ Seoul: [6, 1] });
});

const someoneWaits = () =>
  waitFor(
    'a load to wait for the other',
    async () =>
      (
        await query(
          `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        )
      ).length > 0,
    { deadlineMs: 10_000 },
  );
