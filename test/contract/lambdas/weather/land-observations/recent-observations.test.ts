import { expect, test } from '@jest/globals';
import type { LandedRow } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import {
  keepRecent,
  recentOf,
} from '../../../../../lambdas/weather/land-observations/recent-observations-table.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../../fixtures/observations.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const dayMs = 24 * 60 * 60 * 1000;
const todayMs = Math.floor(Date.now() / dayMs) * dayMs;

const roll = (keepDays: number) => query('select roll_recent_observations($1)', [keepDays]);

const row = (
  location: string,
  observedAtMs: number,
  temperatureC: number | null,
  receivedAtMs = 0,
): LandedRow => ({
  record: kafkaRecordWith({ timestampMs: receivedAtMs }),
  observation: observationWith({ location, observedAtMs, temperatureC }),
});

const keep = (keepDays: number, ...rows: LandedRow[]) =>
  connect().transaction((tx) => keepRecent(tx, recentOf(rows, keepDays, Date.now())));

const stored = async (location: string) => {
  const rows = await query<{ day: number; temperature_c: number | null }>(
    `select (observed_at at time zone 'UTC')::date - (now() at time zone 'UTC')::date as day, temperature_c
       from recent_observations where location = $1 order by observed_at`,
    [location],
  );
  return rows.map(({ day, temperature_c }) => [day, temperature_c]);
};

const days = async () => {
  const [found] = await query<{ days: number[] }>(
    `select array(select d - (now() at time zone 'UTC')::date from unnest(recent_days()) d order by 1) as days`,
  );
  return found?.days;
};

test('there are partitions for the days to keep and the next two, and older ones are dropped', async () => {
  await roll(3);
  expect(await days()).toEqual([-2, -1, 0, 1, 2]);
  await roll(3);
  expect(await days()).toEqual([-2, -1, 0, 1, 2]);
  await roll(1);
  // The day before is in nobody's way.
  expect(await days()).toEqual([-1, 0, 1, 2]);
  await roll(0);
  expect(await days()).toEqual([]);
  await roll(3);
});

test('rows of the days to keep are stored, and those of other days are not', async () => {
  await keep(3, ...[-400, -3, -2, -1, 0, 1, 2].map((day) => row('Suwon', todayMs + day * dayMs, day)));
  expect(await stored('Suwon')).toEqual([
    [-2, -2],
    [-1, -1],
    [0, 0],
    [1, 1],
  ]);
});

test('of two values for one location and instant, the one that came to Kafka last is kept', async () => {
  await keep(3, row('Jeju', todayMs, 1, 100), row('Jeju', todayMs, 2, 200), row('Jeju', todayMs, 3, 150));
  expect(await stored('Jeju')).toEqual([[0, 2]]);
  await keep(3, row('Jeju', todayMs, 4, 199));
  expect(await stored('Jeju')).toEqual([[0, 2]]);
  await keep(3, row('Jeju', todayMs, null, 300));
  expect(await stored('Jeju')).toEqual([[0, null]]);
});

test('rows of a day without a partition are left out, and fail no batch', async () => {
  await roll(1);
  await query(
    `drop table ${'recent_observations_'}${new Date(todayMs + dayMs).toISOString().slice(0, 10).replaceAll('-', '')}`,
  );
  await keep(3, row('Ulsan', todayMs, 1), row('Ulsan', todayMs + dayMs, 2));
  expect(await stored('Ulsan')).toEqual([[0, 1]]);
  await roll(3);
});

test('functions that store the same rows at once, in any order, do not block each other for good', async () => {
  const rows = Array.from({ length: 500 }, (_, index) =>
    row(`Place ${index % 50}`, todayMs + index * 1000, index),
  );
  await Promise.all([keep(3, ...rows), keep(3, ...rows.toReversed()), keep(3, ...rows), roll(3)]);
  const [found] = await query<{ count: string }>(
    `select count(*) from recent_observations where location like 'Place %'`,
  );
  expect(found?.count).toBe('500');
});

test('a batch that fails leaves no row', async () => {
  const failing = connect().transaction(async (tx) => {
    await keepRecent(tx, recentOf([row('Mokpo', todayMs, 1)], 3, Date.now()));
    throw new Error('the put failed');
  });
  await expect(failing).rejects.toThrow('the put failed');
  expect(await stored('Mokpo')).toEqual([]);
});
