import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSources, type Sources } from '../../localstack/console/sources.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let sources: Sources;
beforeAll(async () => {
  platform = openDeployedPlatform();
  sources = await openSources(platform.endpoints);
});
afterAll(async () => {
  await sources.close();
  await platform.close();
});

test('the console reads as a login of the role reader', async () => {
  const [login] = await sources.query<{ name: string; is_superuser: string }>(
    `select current_user as name, current_setting('is_superuser') as is_superuser`,
  );
  expect(login?.name).toMatch(/^isobar_reader_[ab]$/);
  expect(login?.is_superuser).toBe('off');
  await expect(sources.query('select count(*) from weather_alerts')).resolves.toHaveLength(1);
});

test.each([
  ['change a row', `update error_weather_data set processing_status = 'IGNORED'`],
  ['add a row', `insert into labels (transaction_id, is_fraud) values ('x', true)`],
  ['delete rows', 'delete from predictions'],
  ['empty a table', 'truncate weather_alerts'],
  ['drop a table', 'drop table weather_alerts'],
  ['make a table', 'create table mine (id int)'],
  ['move a ledger', `select skip_gap('land-observations', '{weather-data}', '{0}', '{99}', 50)`],
  ['make partitions', 'select roll_recent_observations(3)'],
  ['see passwords', 'select rolpassword from pg_authid'],
  ['read a file of the server', `select pg_read_file('postgresql.conf')`],
])('the connection of the console cannot %s', async (_, sql) => {
  await expect(sources.query(sql)).rejects.toThrow(/permission denied|must be owner/);
});
