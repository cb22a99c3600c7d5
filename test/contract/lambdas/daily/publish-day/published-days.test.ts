import { expect, test } from '@jest/globals';
import { type Partition, publishDay } from '../../../../../lambdas/daily/publish-day/publish-day.ts';
import { publishedDays } from '../../../../../lambdas/daily/publish-day/published-days.ts';
import { reportTables } from '../../../../../lambdas/daily/report-day/report-tables.ts';
import { loadResult } from '../../daily-results.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

/** A catalog in memory: shows to which run each table points. */
function catalog() {
  const shown = new Map<string, string>();
  const movePartition = async ({ table, prefix }: Partition) =>
    void shown.set(table, /run=(\w+)/.exec(prefix)?.[1] ?? '');
  return { shown, movePartition };
}

const publish = (day: string, movePartition: (partition: Partition) => Promise<void>) =>
  connect().transaction((tx) => publishDay(day, { ...publishedDays(tx), movePartition }));

test('of two runs that publish a day at once, one waits, and the tables end with the published result', async () => {
  const day = '2024-01-01';
  const { shown, movePartition } = catalog();
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 5 } });

  const { promise: mayMove, resolve: letMove } = Promise.withResolvers<void>();
  const { promise: isMoving, resolve: tellMoving } = Promise.withResolvers<void>();
  const slow = publish(day, async (partition) => {
    tellMoving();
    await mayMove;
    await movePartition(partition);
  });
  await isMoving;
  const loading = loadResult(connect(), { day, runId: 'r2', rows: { Seoul: 6 } });
  await someoneWaits(query);
  letMove();
  expect(await slow).toEqual({ revision: 1, runId: 'r1' });
  await loading;
  const { readPublished } = reportTables(connect());
  expect(await readPublished(day)).toEqual({ revision: 2, inCatalog: false });

  // Every publication, also by the superseded run, now moves the tables to the published run.
  expect(await publish(day, movePartition)).toEqual({ revision: 2, runId: 'r2' });
  expect([...shown.values()]).toEqual(['r2', 'r2']);
  expect(await readPublished(day)).toEqual({ revision: 2, inCatalog: true });
});

test('a day whose tables could not be moved is not published in the catalog', async () => {
  const day = '2024-01-02';
  await loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 5 } });
  await publish(day, catalog().movePartition);
  await loadResult(connect(), { day, runId: 'r2', rows: { Seoul: 6 } });
  const failing = publish(day, () => Promise.reject(new Error('throttled')));
  await expect(failing).rejects.toThrow('throttled');
  expect(await reportTables(connect()).readPublished(day)).toEqual({ revision: 2, inCatalog: false });
  expect(await loadResult(connect(), { day, runId: 'r3', rows: { Seoul: 6 } })).toEqual({
    revision: 2,
    isNew: true,
    changes: ['5 → 6 rows', 'Seoul: 5 → 6 observations'],
  });
});

test('a day without a loaded result cannot be published', async () => {
  await expect(publish('2024-01-03', catalog().movePartition)).rejects.toThrow('no result of 2024-01-03');
});
