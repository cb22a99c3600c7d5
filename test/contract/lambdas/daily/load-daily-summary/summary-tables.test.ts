import { expect, test } from '@jest/globals';
import { reportTables } from '../../../../../lambdas/daily/report-day/report-tables.ts';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { loadResult, loadResultWithin } from '../../daily-results.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

/** By location: the observations, and the revision in which the row last changed. */
const stored = async (day: string) =>
  Object.fromEntries(
    (
      await query<{ location: string; observations: string; revision: number }>(
        'select location, observations, revision from daily_weather_summary where day = $1 order by location',
        [day],
      )
    ).map(({ location, observations, revision }) => [location, [Number(observations), revision]]),
  );

test('a correction replaces, adds and removes the rows that differ, and no others', async () => {
  const day = '2024-01-01';
  const database = connect();
  await loadResult(database, { day, runId: 'r1', rows: { Seoul: 5, Oslo: 1, Pune: 1 } });
  expect(
    await loadResult(database, { day, runId: 'r2', rows: { Seoul: 8, Pune: 1, Lima: 2 } }),
  ).toMatchObject({
    revision: 2,
    isNew: true,
    changes: [
      '7 → 11 rows',
      'Lima: new, 2 observations',
      'Oslo: gone, had 1 observations',
      'Seoul: 5 → 8 observations',
    ],
  });
  expect(await stored(day)).toEqual({ Lima: [2, 2], Pune: [1, 1], Seoul: [8, 2] });
});

test('a run with the same result has no differences, although its figures went through JSON', async () => {
  const day = '2024-01-02';
  const database = connect();
  await loadResult(database, { day, runId: 'r1', rows: { Seoul: 5 } });
  const again = await loadResult(database, { day, runId: 'r2', rows: { Seoul: 5 } });
  expect(again).toMatchObject({ revision: 1, changes: [] });
  expect(await stored(day)).toEqual({ Seoul: [5, 1] });
  expect(await query('select run_id, rows from published_days where day = $1', [day])).toEqual([
    { run_id: 'r1', rows: '5' },
  ]);
});

test('of two concurrent loads of a day, the one with fewer rows waits and is then refused', async () => {
  const day = '2024-01-03';
  const { promise: mayCommit, resolve: letCommit } = Promise.withResolvers<void>();
  const { promise: hasLoaded, resolve: tellLoaded } = Promise.withResolvers<void>();
  const later = connect().transaction(async (tx) => {
    const loaded = await loadResultWithin(tx, { day, runId: 'r2', rows: { Seoul: 6 } });
    tellLoaded();
    await mayCommit;
    return loaded;
  });
  await hasLoaded;
  const earlier = loadResult(connect(), { day, runId: 'r1', rows: { Seoul: 5 } }).catch(String);
  await someoneWaits(query);
  letCommit();
  expect(await later).toMatchObject({ revision: 1 });
  expect(await earlier).toContain('5 rows, fewer than the 6');
  expect(await stored(day)).toEqual({ Seoul: [6, 1] });
});

test('what was left out and replaced is stored by file, and a replacement is told once', async () => {
  const day = '2024-01-07';
  const database = connect();
  const versions = ['one', 'two'].map((eTag) => versionOf('in/replaced.csv', eTag));
  for (const [index, version] of versions.entries()) {
    const { startIngest, markIngested } = ingestedFiles(database);
    await startIngest({ ...version, readAtMs: index });
    await markIngested(version, { rowsRead: 1, rowsValid: 1, rowsInvalid: 0, days: [day] });
  }
  const [{ digest: superseded = '' } = {}] = await query<{ digest: string }>(
    'select superseded_on($1::date) as digest',
    [day],
  );
  const of = (source = '') => ({ source, same_values: 0, other_values: 0 });
  const files = [
    { ...of(versions[1]?.source), rows_added: 1, rows_removed: 0, rows_changed: 2 },
    { ...of(), same_values: 3, other_values: 1, rows_added: null, rows_removed: null, rows_changed: null },
  ];
  await loadResult(database, { day, runId: 'r1', rows: { Seoul: 5 } });
  const sentence =
    'in/replaced.csv replaces its earlier version: 3 rows changed (1 added, 0 removed, 2 with other values)';
  expect(
    await loadResult(database, { day, runId: 'r2', rows: { Seoul: 4 }, records: 9, superseded, files }),
  ).toMatchObject({ revision: 2, changes: [sentence, '5 → 4 rows', 'Seoul: 5 → 4 observations'] });
  await query('update published_days set catalog_published_at = now() where day = $1', [day]);
  expect(
    await loadResult(database, { day, runId: 'r3', rows: { Seoul: 6 }, records: 11, superseded, files }),
  ).toMatchObject({ revision: 3, changes: ['4 → 6 rows', 'Seoul: 4 → 6 observations'] });
  expect(
    await query('select source, same_values, other_values, replaces, rows_changed from day_files order by 1'),
  ).toEqual([
    { source: '', same_values: '3', other_values: '1', replaces: null, rows_changed: null },
    {
      ...{ source: versions[1]?.source, same_values: '0', other_values: '0' },
      ...{ replaces: versions[0]?.source, rows_changed: '2' },
    },
  ]);
  expect(await reportTables(database).readRepeated(day)).toEqual([
    { fileName: null, sameValues: 3, otherValues: 1 },
  ]);
});
