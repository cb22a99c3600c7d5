import { expect, test } from '@jest/globals';
import { daysToCorrect } from '../../../../../lambdas/daily/find-due-days/row-counts-by-day.ts';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { loadResult } from '../../daily-results.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const land = (day: string, partition: number, rows: number) =>
  query("insert into landed_days values ($1, $1, 'weather-data', $2, $3)", [day, partition, rows]);
const publish = async (day: string, rows: number) => {
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: rows } });
  await query('update published_days set catalog_published_at = now() where day = $1', [day]);
};

test('a day must be corrected when more rows landed than were published, or when its tables lag', async () => {
  for (const day of ['2024-01-01', '2024-01-02', '2024-01-03', '2024-01-04', '2024-01-05', '2024-01-06']) {
    await land(day, 0, 3);
    await land(day, 1, 2);
  }
  await publish('2024-01-01', 4);
  await publish('2024-01-02', 5);
  await publish('2024-01-03', 4);
  await loadResult(connect(), { day: '2024-01-05', runId: 'r1', rows: { Seoul: 5 } });
  await publish('2024-01-06', 5);

  const find = daysToCorrect(connect());
  expect(await find('2024-01-02', '2024-01-06', 9)).toEqual(['2024-01-03', '2024-01-04', '2024-01-05']);
  expect(await find('2023-01-01', '2024-01-31', 2)).toEqual(['2024-01-01', '2024-01-03']);
});

test('a published day is due again, however old, when a file with rows of it was replaced', async () => {
  const old = '2010-05-05';
  const { startIngest, markIngested } = ingestedFiles(connect());
  const drop = async (eTag: string, readAtMs: number, days: string[]) => {
    const file = { ...versionOf('in/replaced.csv', eTag), readAtMs };
    await startIngest(file);
    await markIngested(file, { rowsRead: 2, rowsValid: 2, rowsInvalid: 0, days });
  };
  await drop('one', 1, [old]);
  await land(old, 0, 2);
  await publish(old, 2);
  const find = () => daysToCorrect(connect())('2024-02-01', '2024-02-28', 9);
  expect(await find()).toEqual([]);
  await drop('two', 2, ['2010-05-06']);
  expect(await find()).toEqual([old]);
  const [now] = await query<{ digest: string }>('select superseded_on($1::date) as digest', [old]);
  const superseded = now?.digest ?? '';
  await loadResult(connect(), { day: old, runId: 'r2', rows: { Seoul: 1 }, records: 2, superseded });
  expect(await find()).toEqual([]);
});

test('rows that were read and do not count leave no day due', async () => {
  const day = '2024-03-01';
  await land(day, 0, 5);
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 4 }, records: 5 });
  await query('update published_days set catalog_published_at = now() where day = $1', [day]);
  expect(await daysToCorrect(connect())(day, day, 9)).toEqual([]);
  await land(day, 1, 1);
  expect(await daysToCorrect(connect())(day, day, 9)).toEqual([day]);
});
