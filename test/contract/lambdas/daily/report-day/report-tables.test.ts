import { expect, test } from '@jest/globals';
import { reportTables } from '../../../../../lambdas/daily/report-day/report-tables.ts';
import { loadResult } from '../../daily-results.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

test('the locations of a day are read with numeric figures, those with the most observations first', async () => {
  await loadResult(connect(), { day: '2024-01-01', runId: 'r1', rows: { Oslo: 1, Seoul: 5, Lima: 5 } });
  await loadResult(connect(), { day: '2024-01-02', runId: 'r2', rows: { Cairo: 9 } });
  const lines = await reportTables(connect()).readSummary('2024-01-01');
  expect(lines.map(({ location, observations }) => [location, observations])).toEqual([
    ['Lima', 5],
    ['Seoul', 5],
    ['Oslo', 1],
  ]);
  expect(lines[0]).toEqual({
    location: 'Lima',
    observations: 5,
    minC: 1 / 3,
    meanC: 1 / 3,
    maxC: 1 / 3,
    rainHours: 2,
    hoursSeen: 24,
    alerts: 3,
  });
});

test('a published day is in the catalog only once that was recorded', async () => {
  const { readPublished } = reportTables(connect());
  const day = '2024-01-03';
  expect(await readPublished(day)).toBeUndefined();
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 5 } });
  expect(await readPublished(day)).toEqual({ revision: 1, inCatalog: false });
  await query('update published_days set catalog_published_at = now() where day = $1', [day]);
  expect(await readPublished(day)).toEqual({ revision: 1, inCatalog: true });
});
