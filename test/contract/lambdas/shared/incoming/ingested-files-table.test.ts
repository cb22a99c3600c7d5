import { expect, test } from '@jest/globals';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { fileNames, ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { longSource } from '../../../../../lambdas/shared/kafka/source.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const counts = { rowsRead: 3, rowsValid: 2, rowsInvalid: 1 };

test('a file is ingested once, and again after a function that stopped half-way', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const file = versionOf('incoming/a.csv', '"e1"');
  expect(await startIngest(file)).toBe(1);
  expect(await startIngest(file)).toBe(1);
  await markIngested(file, counts);
  expect(await startIngest(file)).toBe(0);
  expect(await startIngest(versionOf('incoming/a.csv', 'e2'))).toBe(1);
  expect(await query('select * from ingested_files where source = $1', [file.source])).toMatchObject([
    { key: 'incoming/a.csv', etag: 'e1', rows_read: '3', rows_valid: '2', ingested_at: expect.any(Date) },
  ]);
});

test('of two functions that end the same file, the counts of the first stay', async () => {
  const { startIngest, markIngested } = ingestedFiles(connect());
  const file = versionOf('incoming/twice.csv', 'e');
  await startIngest(file);
  await markIngested(file, counts);
  await markIngested(file, { rowsRead: 9, rowsValid: 9, rowsInvalid: 0 });
  expect(await query('select rows_read from ingested_files where source = $1', [file.source])).toEqual([
    { rows_read: '3' },
  ]);
});

test('a file that was ingested under its older source is not ingested again', async () => {
  const file = versionOf('incoming/older.csv', 'e');
  await query(
    'insert into ingested_files (source, rows_read, rows_valid, rows_invalid) values ($1, 1, 1, 0)',
    [longSource(file.key, file.eTag)],
  );
  expect(await ingestedFiles(connect()).startIngest(file)).toBe(0);
});

test('a source is named by the key of its file while the file is read, an unknown one by itself', async () => {
  const archive = versionOf('incoming/week.zip', 'e');
  const member = versionOf('incoming/week.zip/monday.csv', 'e');
  const { startIngest, startMember } = ingestedFiles(connect());
  await startIngest(archive);
  await startMember(member, archive);
  await startMember(member, archive);
  const sources = [archive.source, member.source, 'incoming/old@1.csv@e', 'unknown', undefined];
  const nameOf = await fileNames({ query })(sources);
  expect(sources.map(nameOf)).toEqual([archive.key, member.key, 'incoming/old@1.csv', 'unknown', null]);
});
