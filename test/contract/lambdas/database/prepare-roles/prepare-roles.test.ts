import { expect, test } from '@jest/globals';
import {
  openDatabase,
  prepareRoles,
  setPassword,
} from '../../../../../lambdas/database/prepare-roles/prepare-roles.ts';
import { connectDatabase } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, credentials, query } = testDatabase({ migrated: false });

test('each role has two logins, and a second preparation changes nothing', async () => {
  await connect('superuser').transaction(async (own) => {
    await prepareRoles(own, []);
    await prepareRoles(own, []);
  });
  const members = await query(
    `select r.rolname as login, r.rolcanlogin as may from pg_roles r where r.rolname ~ '^isobar_.+_[ab]$' order by 1`,
  );
  expect(members).toHaveLength(10);
  expect(members.every(({ may }) => may)).toBe(true);
});

test('tables and functions of an older release are handed over to the migrator', async () => {
  await query('create table old (id int)');
  await query('create function old() returns int language sql as $$ select 1 $$');
  await connect('superuser').transaction(openDatabase);
  const migrator = connect('migrator');
  await migrator.query('alter table old add column name text');
  await migrator.query('drop function old()');
  expect(
    await query(`select pg_get_userbyid(relowner) as owner from pg_class where relname = 'old'`),
  ).toEqual([{ owner: 'isobar_migrator' }]);
});

test('a login gets the password of its secret, and keeps its open connections', async () => {
  // The platform uses it after a rotation only.
  const user = 'isobar_metrics_b';
  const password = 'abcDEF0123456789abcDEF0123456789abcDEF01234';
  const [before] = await query<{ rolpassword: string | null }>(
    'select rolpassword from pg_authid where rolname = $1',
    [user],
  );
  await connect('superuser').transaction((own) => setPassword(own, { role: 'metrics', user, password }));
  const login = connectDatabase({
    credentials: async () => ({ ...credentials('superuser'), user, password }),
  });
  expect(await login.query('select session_user as user')).toEqual([{ user }]);
  await login.close();
  const wrong = connectDatabase({
    credentials: async () => ({ ...credentials('superuser'), user, password: `${password}5` }),
  });
  await expect(wrong.query('select')).rejects.toMatchObject({ code: '28P01' });
  await wrong.close();
  await query(`alter role ${user} password ${before?.rolpassword ? `'${before.rolpassword}'` : 'null'}`);
});

test('a secret of another user is refused', async () => {
  const login = { role: 'reader', user: 'isobar_weather_a', password: 'p' } as const;
  await expect(connect('superuser').transaction((own) => setPassword(own, login))).rejects.toThrow(
    'The secret of the role reader has the user "isobar_weather_a": expected isobar_reader_a or isobar_reader_b',
  );
});

test('nobody else may connect to the database', async () => {
  await query(
    `do $$ begin create role test_stranger login password 'test'; exception when duplicate_object then null; end $$`,
  );
  const stranger = connectDatabase({
    credentials: async () => ({ ...credentials('superuser'), user: 'test_stranger', password: 'test' }),
  });
  await expect(stranger.query('select')).rejects.toMatchObject({ code: '42501' });
  await stranger.close();
});
