import { expect, test } from '@jest/globals';
import { dayTables } from '../../../../../lambdas/daily/check-day/day-tables.ts';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const tables = () => dayTables(connect());
const day = '2024-01-01';

test('a consumer is behind by the records below the ends that it has not applied, on new partitions too', async () => {
  await query(
    `insert into applied_offsets (consumer, topic, partition, next_offset)
     values ('land-observations', 'weather-data', 0, 7), ('land-observations', 'weather-data', 1, 50),
            ('watch-weather', 'weather-data', 0, 10), ('land-observations', 'retry-data', 2, 99)`,
  );
  const ends = [
    { partition: 0, endOffset: 10 },
    { partition: 1, endOffset: 20 },
    { partition: 2, endOffset: 4 },
  ];
  expect(await tables().countBehind('land-observations', ends)).toBe(3 + 0 + 4);
  expect(await tables().countBehind('watch-weather', ends)).toBe(20 + 4);
  expect(await tables().countBehind('watch-weather', [])).toBe(0);
});

test('a consumer is behind on the current generation of the topic, not on earlier ones', async () => {
  await query(`insert into topic_generations (topic, cluster, epoch, generation)
               values ('weather-data', 'old', 0, 0), ('weather-data', 'new', 0, 1)`);
  await query(`insert into applied_offsets (consumer, topic, partition, next_offset)
               values ('land-observations', 'weather-data@1', 0, 4)`);
  expect(await tables().countBehind('land-observations', [{ partition: 0, endOffset: 6 }])).toBe(2);
  await query('truncate topic_generations');
});

test('a location was last seen within a time range that includes its start and excludes its end', async () => {
  await query(
    `insert into latest_observations
     select 'location ' || row_number() over (), time, 1, 1, 1, 1
       from unnest(array['2023-12-31T23:59:59.999Z', '2024-01-01T00:00Z', '2024-01-01T23:59:59.999Z',
                         '2024-01-02T00:00Z']::timestamptz[]) as time`,
  );
  const startMs = Date.parse(day);
  expect(await tables().countLastSeen(startMs, startMs + 86_400_000)).toBe(2);
});

test('the rows of a day are summed per ingest date, in date order', async () => {
  await query(
    `insert into landed_days values ('2024-01-01', '2024-02-07', 'weather-data', 0, 1),
            ('2024-01-01', '2024-01-02', 'weather-data', 1, 30),
            ('2024-01-01', '2024-01-02', 'weather-data', 0, 4),
            ('2024-01-02', '2024-01-02', 'weather-data', 0, 500)`,
  );
  expect(await tables().landedDates(day)).toEqual([
    { ingestDate: '2024-01-02', rows: 34 },
    { ingestDate: '2024-02-07', rows: 1 },
  ]);
  expect(await tables().landedDates('2024-01-03')).toEqual([]);
});

test('alerts count for the UTC day of their event, in whatever time zone the session is', async () => {
  await query(
    `insert into weather_alerts (location, alert_type, alert_reason, event_time, value, threshold, raw_json)
     select location, type, '', time::timestamptz, 1, 1, '{}'
       from (values ('Seoul', 'TEMP_HIGH', '2024-01-01T00:00Z'),
                    ('Seoul', 'TEMP_HIGH', '2024-01-01T23:59:59.999Z'),
                    ('Seoul', 'RAIN_HEAVY', '2024-01-01T12:00Z'),
                    ('Oslo', 'TEMP_LOW', '2024-01-01T12:00Z'),
                    ('Oslo', 'TEMP_LOW', '2023-12-31T23:59:59Z'),
                    ('Oslo', 'TEMP_LOW', '2024-01-02T00:00Z')) as a(location, type, time)`,
  );
  const counted = await connect().transaction(async (tx) => {
    await tx("set local time zone 'Asia/Seoul'");
    return dayTables({ query: tx }).alertCounts(day);
  });
  expect(counted).toEqual([
    { location: 'Oslo', alertType: 'TEMP_LOW', alerts: 1 },
    { location: 'Seoul', alertType: 'RAIN_HEAVY', alerts: 1 },
    { location: 'Seoul', alertType: 'TEMP_HIGH', alerts: 2 },
  ]);
});

test('the versions of a day are those with rows of it that do not count, and those that replaced them', async () => {
  const { startIngest, startMember, markIngested } = ingestedFiles(connect());
  const ingest = async (key: string, eTag: string, readAtMs: number, days: string[], member?: string) => {
    const file = { ...versionOf(key, eTag), readAtMs };
    await startIngest(file);
    if (member) await startMember(versionOf(`${key}/${member}`, eTag), file);
    await markIngested(file, { rowsRead: 1, rowsValid: 1, rowsInvalid: 0, days });
  };
  await ingest('in/a.zip', 'e1', 1, [day, '2024-01-05'], 'x.csv');
  await ingest('in/a.zip', 'e2', 2, ['2024-01-05'], 'y.csv');
  await ingest('in/single.csv', 'e1', 1, [day]);
  await ingest('in/other-day.csv', 'e1', 1, ['2023-01-01']);
  await ingest('in/other-day.csv', 'e2', 2, ['2023-01-01']);
  const { superseded, versions } = await tables().versions(day);
  const [old, replacement] = [versionOf('in/a.zip', 'e1').source, versionOf('in/a.zip', 'e2').source];
  const expected = [
    ...[old, 'in/a.zip@e1', versionOf('in/a.zip/x.csv', 'e1').source, 'in/a.zip/x.csv@e1'].map((source) => {
      return { source, counts: false, replacement };
    }),
    ...[replacement, 'in/a.zip@e2', versionOf('in/a.zip/y.csv', 'e2').source, 'in/a.zip/y.csv@e2'].map(
      (source) => ({ source, counts: true, replacement }),
    ),
  ];
  expect(versions).toHaveLength(expected.length);
  expect(versions).toEqual(expect.arrayContaining(expected));
  expect(superseded).toMatch(/^[0-9a-f]{32}$/);
  expect(await tables().versions('2024-03-03')).toEqual({ superseded: '', versions: [] });
});
