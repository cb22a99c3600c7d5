import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

const observation = (location: string) =>
  `{"Location":"${location}","Date_Time":"2024-01-01 00:00:01","Temperature_C":12.3,"Humidity_pct":55,"Precipitation_mm":0,"Wind_Speed_kmh":10.1,"retry":0}`;
const eventually = <T>(what: string, look: () => Promise<T[]>, count: number) =>
  waitFor(
    what,
    async () => {
      const found = await look();
      return found.length >= count && found;
    },
    { deadlineMs: 45_000, everyMs: 500 },
  );

test('a record in the documented format without headers lands in the lake', async () => {
  await platform.send(topics.weatherData.name, [{ key: 'Plainville', value: observation('Plainville') }]);
  const landed = await eventually(
    'the record in the lake',
    async () => (await platform.landedRows()).filter(({ location }) => location === 'Plainville'),
    1,
  );
  expect(landed).toMatchObject([{ temperature_c: 12.3, source: null, row: null, _topic: 'weather-data' }]);
});

test('a measure that a record says was not taken is null in the lake, in its window and in the latest observation', async () => {
  const location = `Dryville ${Date.now()}`;
  const value = observation(location).replace('"Humidity_pct":55', '"Humidity_pct":null');
  await platform.send(topics.weatherData.name, [{ key: location, value }]);
  const landed = await eventually(
    'the record in the lake',
    async () => (await platform.landedRows()).filter((row) => row.location === location),
    1,
  );
  expect(landed).toMatchObject([{ temperature_c: 12.3, humidity_pct: null, wind_speed_kmh: 10.1 }]);
  const watched = await eventually(
    'the record in its window',
    () =>
      platform.rows(
        `select count, humidity_pct_missing, humidity_pct_mean, temperature_c_mean, humidity_pct, temperature_c
           from weather_windows join latest_observations using (location) where location = $1`,
        [location],
      ),
    1,
  );
  expect(watched).toEqual([
    {
      count: '1',
      humidity_pct_missing: '1',
      humidity_pct_mean: null,
      temperature_c_mean: 12.3,
      humidity_pct: null,
      temperature_c: 12.3,
    },
  ]);
});

test('malformed observations become error rows with their offset, and do not delay later records', async () => {
  const partition = 7;
  const bad = ['not JSON', '[1,2]', '"text"', '{"Location":"Nowhere"}', '{"Location":'];
  const [ack] = await platform.send(topics.weatherData.name, [
    ...bad.map((value) => ({ key: 'bad', value, partition })),
    { key: 'behind', value: observation('Behindville'), partition },
  ]);
  const first = Number(ack?.baseOffset);
  await eventually(
    'the record after the malformed ones',
    async () => (await platform.landedRows()).filter(({ location }) => location === 'Behindville'),
    1,
  );

  const errors = await eventually(
    'the malformed messages in Postgres',
    () =>
      platform.rows<{ error_type: string; raw_row: string; offset: string }>(
        'select error_type, raw_row, "offset" from error_weather_data where topic = $1 and partition = $2 and "offset" between $3 and $4 order by "offset"',
        [topics.weatherData.name, partition, first, first + bad.length],
      ),
    bad.length,
  );
  expect(errors.map(({ error_type, raw_row, offset }) => [error_type, raw_row, Number(offset)])).toEqual([
    ['MALFORMED_MESSAGE', bad[0], first],
    ['MALFORMED_MESSAGE', bad[1], first + 1],
    ['MALFORMED_MESSAGE', bad[2], first + 2],
    ['MISSING_FIELD', bad[3], first + 3],
    ['MALFORMED_MESSAGE', bad[4], first + 4],
  ]);
});

test('error records of other producers and malformed messages on error-data are stored', async () => {
  const reason = `made by another producer ${Date.now()}`;
  const record = {
    error_type: 'TYPE_ERROR',
    error_reason: reason,
    raw_row: 'a,b',
    timestamp: '2024-01-01T00:00:00Z',
    file_name: 'theirs.csv',
    retry_count: 2,
  };
  const [ack] = await platform.send(topics.errorData.name, [
    { value: JSON.stringify(record) },
    { value: 'malformed' },
  ]);
  const stored = await eventually(
    'the record',
    () => platform.rows('select * from error_weather_data where error_message = $1', [reason]),
    1,
  );
  expect(stored).toMatchObject([
    {
      error_type: 'TYPE_ERROR',
      raw_row: 'a,b',
      file_name: 'theirs.csv',
      retry_count: 2,
      processing_status: 'NEW',
      slack_sent: false,
    },
  ]);
  const malformed = await eventually(
    'the malformed message',
    () =>
      platform.rows('select error_type, raw_row from error_weather_data where topic = $1 and "offset" = $2', [
        topics.errorData.name,
        Number(ack?.baseOffset) + 1,
      ]),
    1,
  );
  expect(malformed).toEqual([{ error_type: 'MALFORMED_MESSAGE', raw_row: 'malformed' }]);
});
