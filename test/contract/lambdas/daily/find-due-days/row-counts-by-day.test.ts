import { expect, test } from '@jest/globals';
import { daysToCorrect } from '../../../../../lambdas/daily/find-due-days/row-counts-by-day.ts';
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
