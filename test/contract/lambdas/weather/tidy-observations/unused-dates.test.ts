import { expect, test } from '@jest/globals';
import { dayTables } from '../../../../../lambdas/daily/check-day/day-tables.ts';
import { reportTables } from '../../../../../lambdas/daily/report-day/report-tables.ts';
import { readSettled } from '../../../../../lambdas/weather/tidy-observations/settled-offsets.ts';
import { unusedDates } from '../../../../../lambdas/weather/tidy-observations/unused-dates.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

const tryDate = (date: string) => unusedDates(connect()).whileUnused(date, async () => 'merged');

test('the objects of a date are not merged while a daily run reads them', async () => {
  await dayTables(connect()).startLakeRead('run 1', ['2024-01-01', '2024-01-05']);
  expect([await tryDate('2024-01-01'), await tryDate('2024-01-05')]).toEqual([undefined, undefined]);
  expect(await tryDate('2024-01-02')).toBe('merged');
  await reportTables(connect()).endLakeRead('run 1');
  expect(await tryDate('2024-01-01')).toBe('merged');
});

test('a daily run that began and never ended holds its dates for six hours', async () => {
  await dayTables(connect()).startLakeRead('run 2', ['2024-02-01']);
  await query(`update lake_reads set started_at = now() - interval '5 hours 59 minutes'`);
  expect(await tryDate('2024-02-01')).toBeUndefined();
  await query(`update lake_reads set started_at = now() - interval '6 hours 1 minute'`);
  expect(await tryDate('2024-02-01')).toBe('merged');
});

test('two functions do not merge objects of one date at once', async () => {
  const merging = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const first = unusedDates(connect()).whileUnused('2024-03-01', async () => {
    started.resolve();
    await merging.promise;
  });
  await started.promise;
  expect(await tryDate('2024-03-01')).toBeUndefined();
  merging.resolve();
  await first;
  expect(await tryDate('2024-03-01')).toBe('merged');
});

test('a daily run waits for the objects that are just being merged', async () => {
  const merging = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const steps: string[] = [];
  const merge = unusedDates(connect()).whileUnused('2024-04-01', async () => {
    started.resolve();
    await merging.promise;
    steps.push('merged');
  });
  await started.promise;
  const read = dayTables(connect())
    .startLakeRead('run 3', ['2024-04-01'])
    .then(() => steps.push('reading'));
  await someoneWaits(query);
  merging.resolve();
  await Promise.all([merge, read]);
  expect(steps).toEqual(['merged', 'reading']);
});

test('the ledger of landing and its gaps are read by generation and partition', async () => {
  await query(`insert into applied_offsets (consumer, topic, partition, next_offset)
               values ('land-observations', 'weather-data', 3, 42), ('watch-weather', 'weather-data', 3, 7),
                      ('land-observations', 'weather-data@1', 3, 5)`);
  await query(`insert into skipped_offsets (consumer, topic, partition, from_offset, to_offset)
               values ('land-observations', 'weather-data', 3, 10, 20), ('watch-weather', 'weather-data', 3, 1, 2)`);
  const { nextOffsets, gaps } = await readSettled(connect());
  expect(Object.fromEntries(nextOffsets)).toEqual({ p03: 42, 'g1-p03': 5 });
  expect([...gaps]).toEqual([['p03', [{ partition: 'p03', from: 10, to: 20 }]]]);
});
