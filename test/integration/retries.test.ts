import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { partitionOf } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { errorsCli } from '../fixtures/errors-cli.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(async () => {
  platform = openDeployedPlatform();
  await platform.rows('create table troubled_places (location text primary key, sqlstate text not null)');
  await platform.rows(`
    create function refuse_trouble() returns trigger security definer language plpgsql as $$
    declare
      code text;
    begin
      select t.sqlstate into code from troubled_places t where t.location = new.location;
      if found then
        raise exception 'trouble at %', new.location using errcode = code;
      end if;
      return new;
    end $$`);
  await platform.rows(
    'create trigger refuse_trouble before insert or update on weather_windows for each row execute function refuse_trouble()',
  );
});
afterAll(async () => {
  await platform.rows('drop trigger refuse_trouble on weather_windows');
  await platform.rows('drop function refuse_trouble');
  await platform.rows('drop table troubled_places');
  await platform.close();
});

const deadline = { deadlineMs: 90_000, everyMs: 250 };
const observation = (location: string) =>
  `{"Location":"${location}","Date_Time":"2024-01-01 00:00:01","Temperature_C":12.3,"Humidity_pct":55,"Precipitation_mm":0,"Wind_Speed_kmh":10.1,"retry":0}`;
/** From now on Postgres refuses windows of this place: with an error of the record, or with "disk full". */
const trouble = (location: string, of: 'record' | 'outage' = 'record') =>
  platform.rows('insert into troubled_places values ($1, $2)', [
    location,
    of === 'record' ? 'P0001' : '53100',
  ]);
const endTrouble = (location: string) =>
  platform.rows('delete from troubled_places where location = $1', [location]);

/** The number of readings of the place in the windows. */
const watched = async (location: string) =>
  Number(
    (
      await platform.rows<{ sum: string | null }>(
        'select sum(count) from weather_windows where location = $1',
        [location],
      )
    )[0]?.sum ?? 0,
  );
const landed = async (location: string) =>
  (await platform.landedRows()).filter((row) => row.location === location).length;
const errorsAt = (location: string) =>
  platform.rows<{
    id: string;
    retry_count: number;
    failed_in: string;
    cause: string;
    processing_status: string;
  }>('select * from error_weather_data where location = $1', [location]);
const send = (location: string, others: readonly string[] = []) => {
  const partition = partitionOf(location, topics.weatherData);
  return platform.send(
    topics.weatherData.name,
    [location, ...others].map((key) => ({ key, value: observation(key), partition })),
  );
};

const errors = (...args: string[]) => errorsCli(platform.endpoints)(...args);

test('a temporarily failing record delays no other, is retried, and counts once in each consumer', async () => {
  const place = `Trouble ${Date.now()}`;
  const neighbour = `Beside ${place}`;
  await trouble(place);
  await send(place, [neighbour]);
  await waitFor('the neighbour', async () => (await watched(neighbour)) === 1, deadline);
  await endTrouble(place);
  await waitFor('the retry', async () => (await watched(place)) > 0, deadline);
  await waitFor('the record in the lake', async () => (await landed(place)) > 0, deadline);
  const settled = async () =>
    (await platform.rows('select from applied_origins where next_attempt is not null')).length === 0;
  await waitFor('no retry to be in progress', settled, deadline);
  expect([await watched(place), await landed(place), await errorsAt(place)]).toEqual([1, 1, []]);
}, 240_000);

test('a permanently failing record becomes a dead letter, and counts once if redriven twice', async () => {
  const place = `Doom ${Date.now()}`;
  await trouble(place);
  await send(place);
  const [error] = await waitFor(
    'the dead letter',
    async () => {
      const found = await errorsAt(place);
      return found.length > 0 && found;
    },
    deadline,
  );
  expect(error).toMatchObject({
    error_type: 'RETRY_EXHAUSTED',
    retry_count: 5,
    failed_in: 'watch-weather',
    topic: 'weather-data',
    raw_row: expect.stringContaining(place),
  });
  // One line per attempt, with its time.
  expect(error?.cause.split('\n')).toEqual(
    Array.from({ length: 6 }, () => expect.stringMatching(new RegExp(`^20\\S+Z: trouble at ${place}$`))),
  );
  expect([await watched(place), await landed(place)]).toEqual([0, 1]);

  await endTrouble(place);
  const id = error?.id ?? '';
  expect(await errors('show', id)).toMatch(new RegExp(`Cause +(20\\S+Z: trouble at ${place}\\s+){6}`));
  expect(await errors('redrive', id)).toBe('1 redriven\n');
  expect(await errors('redrive', id)).toBe('0 redriven\n');
  // The state after a crash between sending the record and marking the row.
  await platform.rows("update error_weather_data set processing_status = 'REDRIVING' where id = $1", [id]);
  expect(await errors('redrive', id)).toBe('1 redriven\n');
  const last = `Last ${place}`;
  await platform.send(topics.weatherData.name, [
    { key: last, value: observation(last), partition: partitionOf(place, topics.weatherData) },
  ]);
  await waitFor('the record after both copies', async () => (await watched(last)) === 1, deadline);
  await waitFor('that record in the lake', async () => (await landed(last)) === 1, deadline);
  expect([await watched(place), await landed(place)]).toEqual([1, 1]);
  expect(await errorsAt(place)).toMatchObject([{ processing_status: 'REDRIVEN' }]);
}, 240_000);

test('a corrected and redriven row lands once and is watched once, in any column order', async () => {
  const place = `Fixed ${Date.now()}`;
  const name = `${place}.csv`;
  await platform.dropFile(
    name,
    `Location,Date_Time,Humidity_pct,Temperature_C,Precipitation_mm,Wind_Speed_kmh\n${place},2024-08-01 12:00:00,20,abc,0,5\n`,
  );
  const [error] = await waitFor(
    'the error',
    async () => {
      const found = await platform.rows<{ id: string }>(
        'select id from error_weather_data where file_name like $1',
        [`%${name}`],
      );
      return found.length > 0 && found;
    },
    deadline,
  );
  const id = error?.id ?? '';
  expect(await errors('redrive', id)).toContain('Correct them with `npm run errors -- fix`');
  await expect(errors('fix', id, '--set', 'Temperature_C=hot')).rejects.toThrow('expected a decimal number');
  expect(await errors('fix', id, '--set', 'Temperature_C=21.5')).toContain(
    '"Temperature_C":21.5,"Humidity_pct":20',
  );
  expect(await errors('redrive', id)).toBe('1 redriven\n');
  await waitFor('the row in the windows', async () => (await watched(place)) > 0, deadline);
  await waitFor('the row in the lake', async () => (await landed(place)) > 0, deadline);
  expect([await watched(place), await landed(place)]).toEqual([1, 1]);
}, 240_000);

test('a record that Lambda discards becomes a dead letter, and is redriven to the failed consumer', async () => {
  const place = `Outage ${Date.now()}`;
  const error = await platform.withMapping('watch-weather', { MaximumRetryAttempts: 1 }, async () => {
    await trouble(place, 'outage');
    await send(place);
    const [found] = await waitFor(
      'the dead letter',
      async () => {
        const rows = await errorsAt(place);
        return rows.length > 0 && rows;
      },
      deadline,
    );
    return found;
  });
  expect(error).toMatchObject({ error_type: 'BATCH_FAILED', failed_in: 'watch-weather', retry_count: 0 });
  await endTrouble(place);

  // The mapping continues after the discarded record.
  const behind = `Behind ${place}`;
  const partition = partitionOf(place, topics.weatherData);
  await platform.send(topics.weatherData.name, [{ key: behind, value: observation(behind), partition }]);
  await waitFor('the record after it', async () => (await watched(behind)) === 1, deadline);
  expect([await watched(place), await landed(place)]).toEqual([0, 1]);

  expect(await errors('redrive', error?.id ?? '')).toBe('1 redriven\n');
  await waitFor('the record in the windows', async () => (await watched(place)) > 0, deadline);
  expect([await watched(place), await landed(place)]).toEqual([1, 1]);
}, 240_000);
