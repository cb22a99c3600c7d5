import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { databaseSchema } from '../../../../../lambdas/database/migrate-database/database-schema.ts';
import { migrateDatabase } from '../../../../../lambdas/database/migrate-database/migrate-database.ts';
import { testDatabase } from '../../test-database.ts';
import { readCatalog } from './catalog.ts';

/** schema.sql and all functions as they were at first, in one file. It never changes. */
const baseline = readFileSync(join(import.meta.dirname, '../../../../fixtures/schema/baseline.sql'), 'utf8');

const older = testDatabase({ migrated: false });
const created = testDatabase({ migrated: false });

test('the first schema with all migrations is the schema of today', async () => {
  await migrateDatabase(older.connect(), { schema: baseline, migrations: [], functions: [], grants: '' });
  await migrateDatabase(older.connect(), databaseSchema);
  await migrateDatabase(created.connect(), databaseSchema);
  expect(await readCatalog(older.query)).toEqual(await readCatalog(created.query));
});

test.each([
  'alter table labels add column reason text',
  'alter table labels alter column source drop not null',
  `alter table labels alter column source set default ''`,
  'alter table labels add constraint source_is_known check (length(source) > 0)',
  'create index labels_source on labels (source)',
  'create or replace function prune_weather(keep_days int) returns void language sql as $$$$',
  'create function left_over() returns void language sql as $$$$',
  'create view left_over as select from labels',
])('the comparison of schemas sees: %s', async (change) => {
  const before = await readCatalog(created.query);
  await created.connect().transaction(async (query) => {
    await query(change);
    expect(await readCatalog(query)).not.toEqual(before);
    await query('rollback');
  });
});
