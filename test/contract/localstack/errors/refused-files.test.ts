import { beforeEach, expect, test } from '@jest/globals';
import { versionOf } from '../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { refusedFiles } from '../../../../localstack/errors/refused-files.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase({ as: 'weather' });

const files = () =>
  refusedFiles(connect(), { bucket: 'lake', queue: 'files', account: { region: 'us-east-1' } });
const table = () => ingestedFiles(connect());
const file = { ...versionOf('incoming/a.csv', 'e1'), readAtMs: 0 };
const refusal = { rowsRead: 5, rowsValid: 0, rowsInvalid: 0, rowsRefused: 5 };
const success = { rowsRead: 5, rowsValid: 5, rowsInvalid: 0 };

beforeEach(() => query('truncate ingested_files, archive_members'));

test('a refused version is read again once for each error that asks, and its counts are replaced', async () => {
  expect(await table().startIngest(file)).toBe(1);
  await table().markIngested(file, refusal, 1);
  expect(await table().startIngest(file)).toBe(0);

  expect(await files().reopen(file.source, 7)).toBe(true);
  // A run that crashed before it was asked: it asks again, for the same attempt.
  expect(await files().reopen(file.source, 7)).toBe(true);
  expect(await table().startIngest(file)).toBe(2);
  await table().markIngested(file, refusal, 2);
  expect(await files().reopen(file.source, 7)).toBe(false);

  expect(await files().reopen(file.source, 8)).toBe(true);
  await table().markIngested(file, success, 3);
  expect(await files().reopen(file.source, 9)).toBe(false);
  expect(await query('select rows_valid::int, rows_refused::int, attempt from ingested_files')).toEqual([
    { rows_valid: 5, rows_refused: 0, attempt: 3 },
  ]);
});

test('a function of an earlier attempt does not end a later one', async () => {
  await table().startIngest(file);
  await table().markIngested(file, refusal, 1);
  await files().reopen(file.source, 7);
  await table().markIngested(file, refusal, 1);
  expect(await table().startIngest(file)).toBe(2);
});

test('a file is found by its key, a file of an archive by its archive, and the newest version counts', async () => {
  const newer = { ...versionOf('incoming/a.csv', 'e2'), readAtMs: 1 };
  await table().startIngest(file);
  await table().startIngest(newer);
  const archive = { ...versionOf('incoming/b.zip', 'e3'), readAtMs: 0 };
  await table().startIngest(archive);
  await table().startMember(versionOf('incoming/b.zip/one.csv', 'e3'), archive);
  expect(await files().findFile('incoming/a.csv')).toEqual(versionOf('incoming/a.csv', 'e2'));
  expect(await files().findFile('incoming/b.zip/one.csv')).toEqual(versionOf('incoming/b.zip', 'e3'));
  expect(await files().findFile('incoming/b.zip')).toEqual(versionOf('incoming/b.zip', 'e3'));
  expect(await files().findFile('incoming/c.csv')).toBeUndefined();
});
