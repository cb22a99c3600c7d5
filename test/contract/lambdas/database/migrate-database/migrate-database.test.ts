import { expect, test } from '@jest/globals';
import { databaseSchema } from '../../../../../lambdas/database/migrate-database/database-schema.ts';
import {
  type DatabaseSchema,
  migrateDatabase,
  type SqlFile,
} from '../../../../../lambdas/database/migrate-database/migrate-database.ts';
import { testDatabase } from '../../test-database.ts';

/** A database, and a way to deploy small schemas to it. */
function smallDatabase() {
  const { connect, query } = testDatabase({ migrated: false });
  return {
    query,
    deploy: ({ schema = '', migrations = [], functions = [] }: Partial<DatabaseSchema>) =>
      migrateDatabase(connect(), { schema: `${historyTable}; ${schema}`, migrations, functions, grants: '' }),
    has: async (table: string) =>
      (await query('select to_regclass($1) as found', [table]))[0]?.found !== null,
  };
}

const historyTable = `create table schema_history (
  name text primary key, checksum text not null, applied_at timestamptz not null default now())`;

const full = testDatabase({ migrated: false });

test('two deploys at once create the schema once, and a third applies nothing', async () => {
  const deploy = () => migrateDatabase(full.connect(), databaseSchema);
  const applied = await Promise.all([deploy(), deploy()]);
  const functions = databaseSchema.functions.map(({ name }) => name);
  expect(applied.flat().sort()).toEqual(['schema', ...functions].sort());
  expect(await deploy()).toEqual([]);
});

const fresh = smallDatabase();

test('an empty database gets the schema, which has the effect of every migration, and runs none of them', async () => {
  const migrations = [{ name: '0001-table', sql: 'create table added (id int)' }];
  const schema = 'create table added (id int)';
  expect(await fresh.deploy({ schema, migrations })).toEqual(['schema']);
  expect(await fresh.deploy({ schema, migrations })).toEqual([]);
});

const older = smallDatabase();

test('an older database gets the migrations that it misses, in order, and then the functions', async () => {
  const first = { name: '0001-table', sql: 'create table added (id int)' };
  const second = { name: '0002-column', sql: 'alter table added add column name text' };
  const reader = {
    name: 'read_name',
    sql: 'create or replace function read_name() returns text language sql as $$ select name from added $$',
  };
  expect(await older.deploy({})).toEqual(['schema']);
  expect(await older.deploy({ migrations: [first] })).toEqual(['0001-table']);
  expect(await older.deploy({ migrations: [first, second], functions: [reader] })).toEqual([
    '0002-column',
    'read_name',
  ]);
});

const refusing = smallDatabase();

test('a migration that was edited after it was applied is refused', async () => {
  await refusing.deploy({});
  await refusing.deploy({ migrations: [{ name: '0001-table', sql: 'create table added (id int)' }] });
  const edited = [{ name: '0001-table', sql: 'create table added (id bigint)' }];
  await expect(refusing.deploy({ migrations: edited })).rejects.toThrow('Migration 0001-table was edited');
});

const failing = smallDatabase();

test('a migration that fails leaves nothing of itself, keeps the ones before it, and is applied when it is mended', async () => {
  await failing.deploy({});
  const whole = { name: '0001-whole', sql: 'create table whole (id int)' };
  const broken = { name: '0002-half', sql: 'create table half (id int); select nonsense' };
  await expect(failing.deploy({ migrations: [whole, broken] })).rejects.toThrow('nonsense');
  expect([await failing.has('whole'), await failing.has('half')]).toEqual([true, false]);
  const mended = { ...broken, sql: 'create table half (id int)' };
  expect(await failing.deploy({ migrations: [whole, mended] })).toEqual(['0002-half']);
});

const replacing = smallDatabase();
const answering = (answer: number): SqlFile => ({
  name: 'answer',
  sql: `create or replace function answer() returns int language sql as $$ select ${answer} $$`,
});
const constant: SqlFile = {
  name: 'constant',
  sql: 'create or replace function constant() returns int language sql as $$ select 1 $$',
};

test('a function whose file changed is replaced in place, and no other function is touched', async () => {
  await replacing.deploy({ functions: [answering(41), constant] });
  const oids = () => replacing.query(`select 'answer'::regproc::oid, 'constant'::regproc::oid`);
  const before = await oids();
  expect(await replacing.deploy({ functions: [answering(42), constant] })).toEqual(['answer']);
  expect(await replacing.query('select answer()')).toEqual([{ answer: 42 }]);
  expect(await oids()).toEqual(before);
});

const resigned = smallDatabase();

test.each([
  ['parameter types', '(a bigint) returns int', '2::bigint'],
  ['number of parameters', '(a int, b int default 0) returns int', '2'],
  ['parameter names', '(b int) returns int', '2'],
  ['result', '(a int) returns text', '2'],
])('a function with other %s takes the place of the one before', async (_what, signature, argument) => {
  const body = 'language sql as $$ select $1';
  const first = `create or replace function doubled(a int) returns int ${body} $$`;
  const second = `create or replace function doubled${signature} ${body} * 2 $$`;
  await resigned.deploy({ functions: [{ name: 'doubled', sql: first }] });
  await resigned.deploy({ functions: [{ name: 'doubled', sql: second }] });
  const [row] = await resigned.query(`select doubled(${argument})`);
  expect(Number(row?.doubled)).toBe(4);
  expect(await resigned.query(`select from pg_proc where proname = 'doubled'`)).toHaveLength(1);
});

const broken = smallDatabase();

test('a function that cannot be created leaves all functions as they were', async () => {
  await broken.deploy({ functions: [answering(41)] });
  const nonsense = {
    name: 'nonsense',
    sql: 'create or replace function nonsense() returns int language sql as $$ select nothing $$',
  };
  await expect(broken.deploy({ functions: [answering(42), nonsense] })).rejects.toThrow('nothing');
  expect(await broken.query('select answer()')).toEqual([{ answer: 41 }]);
  expect(await broken.deploy({ functions: [answering(42)] })).toEqual(['answer']);
});
