import { expect, test } from '@jest/globals';
import { type DatabaseRole, groupOf } from '../../../../../lambdas/shared/postgres/database-roles.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

/** SQLSTATE of a statement that a role may not run. */
const refused = { code: '42501' };

const roles: readonly DatabaseRole[] = ['weather', 'fraud', 'metrics', 'reader'];

/** All tables except the partitions of one, which nobody names. */
const tables = () =>
  query<{ name: string }>(
    `select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
      order by 1`,
  );

test('each table can be read by the reader and written by a function, or belongs to the migrator alone', async () => {
  const undecided: string[] = [];
  for (const { name } of await tables()) {
    const [rights] = await query<{ read: boolean; written: boolean }>(
      `select has_table_privilege('${groupOf('reader')}', $1, 'select') as read,
              bool_or(has_table_privilege(role, $1, 'insert') or has_table_privilege(role, $1, 'update')) as written
         from unnest($2::text[]) as role`,
      [name, roles.map(groupOf)],
    );
    if (!rights?.read || !rights.written) undecided.push(name);
  }
  expect(undecided).toEqual(['schema_history']);
});

test('no role but the migrator owns a table or may empty it, change its form, or add triggers', async () => {
  for (const { name } of await tables())
    for (const role of roles)
      for (const right of ['truncate', 'references', 'trigger', 'maintain'])
        expect([
          name,
          role,
          right,
          await query('select has_table_privilege($1, $2, $3) as may', [groupOf(role), name, right]),
        ]).toEqual([name, role, right, [{ may: false }]]);
  expect(
    await query(`select distinct pg_get_userbyid(relowner) as owner from pg_class
                  where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')`),
  ).toEqual([{ owner: groupOf('migrator') }]);
});

test('the reader changes no table, and no function changes one for it', async () => {
  const changes = await query(
    `select grantee, table_name from information_schema.role_table_grants
      where grantee = 'isobar_reader' and privilege_type <> 'SELECT'`,
  );
  expect(changes).toEqual([]);
  const reader = connect('reader');
  await expect(reader.query('select roll_recent_observations(3)')).rejects.toMatchObject(refused);
  await expect(
    reader.query(`select * from claim_records('c', '{t}', '{0}', '{}', '{}', '{}', '{}', '{}')`),
  ).rejects.toMatchObject(refused);
});

test.each<[DatabaseRole, string]>([
  ['weather', 'select from predictions'],
  ['weather', 'select from labels'],
  ['weather', `insert into scored_requests (transaction_id, answer) values ('t', '{}')`],
  ['weather', 'delete from account_activity'],
  ['weather', 'delete from error_weather_data'],
  ['weather', 'delete from weather_alerts'],
  ['weather', 'delete from ingested_files'],
  ['weather', 'delete from applied_offsets'],
  ['weather', 'select from metric_gauges'],
  ['weather', 'drop table weather_alerts'],
  ['fraud', 'select from error_weather_data'],
  ['fraud', 'select from weather_alerts'],
  ['fraud', 'select body from slack_messages'],
  ['fraud', `update slack_messages set body = ''`],
  ['fraud', 'update latest_observations set temperature_c = 0'],
  ['fraud', 'update published_days set revision = 0'],
  ['fraud', 'delete from applied_offsets'],
  ['fraud', 'select roll_recent_observations(3)'],
  ['metrics', 'select account_id from predictions'],
  ['metrics', 'select raw_row from error_weather_data'],
  ['metrics', 'select body from slack_messages'],
  ['metrics', 'select raw_json from weather_alerts'],
  ['metrics', 'update applied_offsets set next_offset = 0'],
  ['metrics', 'delete from metric_counters'],
  ['reader', 'update error_weather_data set corrected = raw_row'],
  ['reader', 'lock table applied_offsets in exclusive mode'],
])('%s may not: %s', async (role, statement) => {
  await expect(connect(role).query(statement)).rejects.toMatchObject(refused);
});

test.each(roles)(
  '%s creates no table, no role, and does not take the place of another role',
  async (role) => {
    const database = connect(role);
    for (const statement of [
      'create table taken (id int)',
      'create temporary table taken (id int)',
      'create role taken',
      'set role isobar_migrator',
      'select checksum from schema_history',
      'select rolpassword from pg_authid',
    ])
      await expect(database.query(statement)).rejects.toMatchObject(refused);
  },
);

test('the migrator changes the tables, and neither roles nor the server', async () => {
  const migrator = connect('migrator');
  await migrator.query('alter table labels add column reason text');
  await migrator.query('alter table labels drop column reason');
  await expect(migrator.query('create role taken')).rejects.toMatchObject(refused);
  expect(
    await query(`select rolname from pg_roles
                  where rolname like 'isobar\\_%' and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls)`),
  ).toEqual([]);
});

test('the partitions that the function of the hour makes can be read and written through their table', async () => {
  const weather = connect('weather');
  await weather.query('select roll_recent_observations(3)');
  await weather.query(
    `insert into recent_observations (location, observed_at, received_at) values ('Seoul', now(), now())`,
  );
  expect(await connect('reader').query('select location from recent_observations')).toEqual([
    { location: 'Seoul' },
  ]);
  await weather.query('select roll_recent_observations(0)');
});
