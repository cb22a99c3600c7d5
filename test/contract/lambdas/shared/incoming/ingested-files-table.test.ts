import { expect, test } from '@jest/globals';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { fileNames, ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { longSource } from '../../../../../lambdas/shared/kafka/source.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

/** A version that S3 gave at this time, in milliseconds. */
const read = (key: string, eTag: string, readAtMs = 0) => ({ ...versionOf(key, eTag), readAtMs });

const counts = { rowsRead: 3, rowsValid: 2, rowsInvalid: 1 };

test('a file is ingested once, and again after a function that stopped half-way', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const file = read('incoming/a.csv', '"e1"');
  expect(await startIngest(file)).toBe(1);
  expect(await startIngest(file)).toBe(1);
  await markIngested(file, counts);
  expect(await startIngest(file)).toBe(0);
  expect(await startIngest(read('incoming/a.csv', 'e2'))).toBe(1);
  expect(await query('select * from ingested_files where source = $1', [file.source])).toMatchObject([
    { key: 'incoming/a.csv', etag: 'e1', rows_read: '3', rows_valid: '2', ingested_at: expect.any(Date) },
  ]);
});

test('of two functions that end the same file, the counts of the first stay', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const file = read('incoming/twice.csv', 'e');
  await startIngest(file);
  await markIngested(file, counts);
  await markIngested(file, { rowsRead: 9, rowsValid: 9, rowsInvalid: 0 });
  expect(await query('select rows_read from ingested_files where source = $1', [file.source])).toEqual([
    { rows_read: '3' },
  ]);
});

test('a file that was ingested under its older source is not ingested again', async () => {
  const file = read('incoming/older.csv', 'e');
  await query(
    'insert into ingested_files (source, rows_read, rows_valid, rows_invalid) values ($1, 1, 1, 0)',
    [longSource(file.key, file.eTag)],
  );
  expect(await ingestedFiles(connect()).startIngest(file)).toBe(0);
});

test('a source is named by the key of its file while the file is read, an unknown one by itself', async () => {
  const archive = read('incoming/week.zip', 'e');
  const member = versionOf('incoming/week.zip/monday.csv', 'e');
  const { startIngest, startMember } = ingestedFiles(connect());
  await startIngest(archive);
  await startMember(member, archive);
  await startMember(member, archive);
  const sources = [archive.source, member.source, 'incoming/old@1.csv@e', 'unknown', undefined];
  const nameOf = await fileNames({ query })(sources);
  expect(sources.map(nameOf)).toEqual([archive.key, member.key, 'incoming/old@1.csv', 'unknown', null]);
});

const versionsOf = async (key: string) =>
  Object.fromEntries(
    (
      await query<{ etag: string; counts: boolean; replaces: string | null; superseded_at: Date | null }>(
        'select etag, counts, replaces, superseded_at from ingested_files where key = $1',
        [key],
      )
    ).map(({ etag, counts, replaces, superseded_at }) => [
      etag,
      [counts ? 'counts' : 'left out', superseded_at ? 'superseded' : '', replaces],
    ]),
  );
const days = ['2024-01-01', '2024-01-02'];
const supersededOn = async (day: string) =>
  (await query<{ digest: string }>('select superseded_on($1::date) as digest', [day]))[0]?.digest;

test('a version that is dropped again under its key replaces the one before once its rows are on Kafka', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const [one, two] = [read('in/v.csv', 'one', 1_000), read('in/v.csv', 'two', 2_000)];
  await startIngest(one);
  await markIngested(one, { ...counts, days });
  const before = await supersededOn('2024-01-01');
  await startIngest(two);
  expect(await versionsOf('in/v.csv')).toEqual({ one: ['counts', '', null], two: ['left out', '', null] });
  expect(await supersededOn('2024-01-01')).toBe(before);
  await markIngested(two, { ...counts, days: ['2024-01-02'] });
  expect(await versionsOf('in/v.csv')).toEqual({
    one: ['left out', 'superseded', null],
    two: ['counts', '', one.source],
  });
  expect(await supersededOn('2024-01-01')).not.toBe(before);
  expect(await supersededOn('2024-01-03')).toBe('');
});

test('a version that ends after its replacement, or whose notice comes late, stays replaced', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const [one, two] = [read('in/late.csv', 'one', 1_000), read('in/late.csv', 'two', 2_000)];
  await startIngest(one);
  await startIngest(two);
  await markIngested(two, { ...counts, days });
  await markIngested(one, { ...counts, days });
  const expected = { one: ['left out', 'superseded', null], two: ['counts', '', one.source] };
  expect(await versionsOf('in/late.csv')).toEqual(expected);
  // S3 gives the current version to a late notice.
  expect(await startIngest({ ...two, readAtMs: 3_000 })).toBe(0);
  expect(await startIngest(one)).toBe(0);
  expect(await versionsOf('in/late.csv')).toEqual(expected);
});

test('a version without a valid row replaces nothing', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const [one, two] = [read('in/refused.csv', 'one', 1_000), read('in/refused.csv', 'two', 2_000)];
  await startIngest(one);
  await markIngested(one, { ...counts, days });
  await startIngest(two);
  await markIngested(two, { rowsRead: 9, rowsValid: 0, rowsInvalid: 0, rowsRefused: 9, days: [] });
  expect(await versionsOf('in/refused.csv')).toMatchObject({
    one: ['counts', '', null],
    two: ['left out', '', null],
  });
});

test('an earlier version that is dropped once more counts again', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const [one, two] = [read('in/back.csv', 'one', 1_000), read('in/back.csv', 'two', 2_000)];
  for (const version of [one, two]) {
    await startIngest(version);
    await markIngested(version, { ...counts, days });
  }
  expect(await startIngest({ ...one, readAtMs: 3_000 })).toBe(0);
  expect(await versionsOf('in/back.csv')).toMatchObject({
    one: ['counts', '', two.source],
    two: ['left out', 'superseded', one.source],
  });
});
