import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { AthenaClient } from '@aws-sdk/client-athena';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeErrorLines } from '../../lambdas/errors/record-errors/error-lines.ts';
import { encodeParquet, type LandedRow } from '../../lambdas/weather/land-observations/parquet.ts';
import { queryColumns } from '../../lib/analytics/charts.ts';
import { namedQueries } from '../../lib/analytics/named-queries.ts';
import { tableInput } from '../../lib/analytics/table-input.ts';
import { lakeTables } from '../../lib/analytics/tables.ts';
import { namedQueriesOf, runQuery } from '../../localstack/athena/run-query.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';
import { observationWith } from '../fixtures/observations.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
const workGroup = 'isobar-local';
const dayMs = 86_400_000;
const now = Date.now();
const day = (ago: number) => new Date(now - ago * dayMs).toISOString().slice(0, 10);

let platform: ReturnType<typeof openDeployedPlatform>;
let athena: AthenaClient;
let s3: S3Client;
beforeAll(() => {
  platform = openDeployedPlatform();
  athena = new AthenaClient(localAccount(platform.endpoints));
  s3 = new S3Client({ ...localAccount(platform.endpoints), forcePathStyle: true });
});
afterAll(async () => {
  athena.destroy();
  s3.destroy();
  await platform.close();
});

const fileNamed = (name: string) => `incoming/observations/${name}`;

const ask = (sql: string, database: string) =>
  runQuery(athena, { sql, workGroup, database }, new AbortController().signal);

describe('the named queries, on tables with known rows', () => {
  const database = `analytics_${now}`;
  const folder = `analytics-test-${now}/`;

  const put = (key: string, body: Uint8Array | string) =>
    s3.send(new PutObjectCommand({ Bucket: platform.endpoints.lakeBucket, Key: folder + key, Body: body }));

  beforeAll(async () => {
    const lake = `s3://${platform.endpoints.lakeBucket}/${folder}`;
    await ask(`CREATE DATABASE ${database}`, 'default');
    for (const table of lakeTables) await ask(createTable(table, lake), database);
    await put(`raw/observations/ingest_date=${day(0)}/p00-0.parquet`, encodeParquet(landed(), 'a mark'));
    const errors = [
      rejected('TYPE_ERROR', fileNamed('a.csv')),
      rejected('TYPE_ERROR', fileNamed('c.csv'), null, 'c-csv-etag-1'),
      rejected('TYPE_ERROR', fileNamed('e.csv'), null, 'e-csv-etag-1'),
      rejected('DATE_ERROR', fileNamed('a.csv')),
      rejected('RETRY_EXHAUSTED', fileNamed('a.csv'), 'watch-weather'),
      rejected('UNKNOWN_TRANSACTION', 'incoming/labels/d.csv'),
    ];
    await put(`errors/error_date=${day(1)}/p00-0.json.gz`, encodeErrorLines(errors, 'a mark'));
    await ask(
      `INSERT INTO daily_weather (location, observations, temperature_c_mean, temperature_c_max, wind_speed_kmh_max,
         completeness, alerts, event_date) VALUES
       ('Seoul', 24, 10e0, 15e0, 30e0, 1e0, 0, DATE '${day(3)}'),
       ('Seoul', 20, 12.5e0, 36e0, 31e0, 0.5e0, 3, DATE '${day(2)}'),
       ('Oslo', 24, 5e0, 9e0, 90e0, 1e0, 1, DATE '${day(2)}'),
       ('Oslo', 24, 4e0, 8e0, 20e0, 1e0, 0, DATE '${day(40)}')`,
      database,
    );
  });

  const answers: Record<string, (string | null)[][]> = {
    'hottest-hour-by-city': [
      ['Seoul', `${day(0)} 01:00:00.000`, '21.5', '2'],
      ['Oslo', `${day(0)} 00:00:00.000`, '7.0', '1'],
    ],
    'error-rate-by-file': [
      [fileNamed('c.csv'), '0', '1', '1.0'],
      [fileNamed('a.csv'), '2', '2', '0.5'],
      [fileNamed('e.csv'), '1', '1', '0.5'],
      ['b-csv-etag-1', '1', '0', '0.0'],
    ],
    'errors-by-type': [
      ['TYPE_ERROR', '3', '3', 'it is wrong'],
      ['DATE_ERROR', '1', '1', 'it is wrong'],
      ['RETRY_EXHAUSTED', '1', '1', 'it is wrong'],
      ['UNKNOWN_TRANSACTION', '1', '1', 'it is wrong'],
    ],
    'weather-by-day': [
      [day(2), 'Oslo', '24', null, '5.0', '9.0', '1.0', '1'],
      [day(2), 'Seoul', '20', null, '12.5', '36.0', '0.5', '3'],
      [day(3), 'Seoul', '24', null, '10.0', '15.0', '1.0', '0'],
    ],
    'completeness-by-day': [
      [day(2), '2', '44', '0.75', 'Seoul'],
      [day(3), '1', '24', '1.0', 'Seoul'],
    ],
    'alert-summary': [
      ['Seoul', '3', '1', day(2), '36.0', '31.0'],
      ['Oslo', '1', '1', day(2), '9.0', '90.0'],
    ],
    'warmer-than-usual': [['Seoul', day(2), '12.5', '2.5']],
    'records-landed-twice': [['weather-data', '0', '3', '2']],
    'landed-by-day': [[day(0), '7', '3', '1', '60']],
  };

  test.each(namedQueries)('the named query $name answers the known rows', async ({ name, sql }) => {
    expect((await ask(sql, database)).rows).toEqual(answers[name]);
  });

  test.each(Object.entries(queryColumns))(
    'the named query %s has the columns that the charts declare',
    async (query, columns) => {
      const { sql = '' } = namedQueries.find(({ name }) => name === query) ?? {};
      const answer = await ask(sql, database);
      expect(answer.columns.map(({ name, type }) => [name, type])).toEqual(Object.entries(columns));
    },
  );

  test('an Athena query reads only the partitions that its condition names', async () => {
    await put(`raw/observations/ingest_date=${day(20)}/p00-0.parquet`, 'not Parquet');
    const count = (condition: string) =>
      ask(`SELECT count(*) FROM raw_observations WHERE ${condition}`, database);
    expect((await count(`ingest_date = DATE '${day(0)}'`)).rows).toEqual([['7']]);
    await expect(count(`ingest_date >= DATE '${day(30)}'`)).rejects.toThrow('The query failed');
  });

  const landed = (): LandedRow[] => [
    row(0, 'Seoul', 0, 20, fileNamed('a.csv@1')),
    row(1, 'Seoul', 1, 21, fileNamed('a.csv@1')),
    row(2, 'Seoul', 1, 22, 'b-csv-etag-1'),
    row(3, 'Oslo', 0, 7, 'e-csv-etag-1'),
    row(3, 'Oslo', 2, 3, undefined),
    row(4, 'Seoul', 1, null, undefined),
    row(5, 'Lima', 0, null, undefined),
  ];
});

function row(
  offset: number,
  location: string,
  hour: number,
  temperatureC: number | null,
  source: string | undefined,
): LandedRow {
  const observedAtMs = Date.parse(`${day(0)}T0${hour}:00:00Z`);
  return {
    record: {
      topic: 'weather-data',
      partition: 0,
      offset,
      timestampMs: observedAtMs + 60_000,
      headers: { source },
    } as LandedRow['record'],
    observation: observationWith({ location, observedAtMs, temperatureC, humidityPct: 50, windSpeedKmh: 5 }),
  };
}

const rejected = (errorType: string, fileName: string, failedIn: string | null = null, source?: string) => ({
  record: {
    topic: 'error-data',
    partition: 0,
    offset: 0,
    timestampMs: now,
    headers: { source },
  } as LandedRow['record'],
  error: {
    errorType,
    errorReason: 'it is wrong',
    rawRow: 'x,y',
    timestampMs: now,
    fileName,
    retryCount: 0,
    location: null,
    lineNumber: 3,
    columns: null,
    position: null,
    failedIn,
    firstFailedAtMs: null,
    cause: null,
  },
});

/** The CREATE statement for a table of the stack. */
function createTable(table: (typeof lakeTables)[number], lake: string): string {
  const { partitionKeys, storageDescriptor, parameters } = tableInput(table, lake) as {
    partitionKeys: { name: string; type: string }[];
    storageDescriptor: { location: string; serdeInfo: { serializationLibrary: string } };
    parameters: Record<string, string>;
  };
  const columns = (given: readonly { readonly name: string; readonly type: string }[]) =>
    given.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
  const properties = Object.entries(parameters).map(([key, value]) => `'${key}'='${value}'`);
  return `CREATE EXTERNAL TABLE ${table.name} (${columns(table.columns)}) PARTITIONED BY (${columns(partitionKeys)})
    ROW FORMAT SERDE '${storageDescriptor.serdeInfo.serializationLibrary}'
    LOCATION '${storageDescriptor.location}' TBLPROPERTIES (${properties.join(', ')})`;
}

describe('bin/athena.ts', () => {
  const run = async (...args: string[]) => {
    const env = {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      AWS_ENDPOINT_URL: platform.endpoints.awsEndpointUrl,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
    return promisify(execFile)(projectNode, [path.join(projectRoot, 'bin/athena.ts'), ...args], { env }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
    );
  };

  beforeAll(async () => {
    await platform.ingested(
      await platform.dropFile(
        'asked.csv',
        `${header}\nQuito,2024-03-01 00:00:00,14.5,50,0,4\nQuito,2024-03-01 01:00:00,hot,50,0,4\nQuito,,13,50,0,4\n`,
      ),
    );
  });

  test('npm run athena queries the deployed tables and prints rows, scanned bytes and duration', async () => {
    const sql =
      "SELECT location, max(temperature_c) AS hottest FROM raw_observations WHERE location = ? AND ingest_date >= current_date - INTERVAL '1' DAY GROUP BY 1";
    const answer = await waitFor(
      'the row to land',
      async () => {
        const { stdout } = await run(sql, "'Quito'");
        return stdout.includes('Quito') && stdout;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
    expect(answer).toMatch(
      /^location {2}hottest\n─+\nQuito +14\.5\n\n1 row · [\d.]+ (bytes|kB|MB) scanned · [\d.]+ s\n$/,
    );
  });

  test('npm run athena --named error-rate-by-file counts landed and rejected rows of a file', async () => {
    const [file] = await waitFor(
      'the errors to land',
      async () => {
        const { stdout } = await run('--named', 'error-rate-by-file', '--json');
        const files = stdout.split('\n').filter((line: string) => line.includes('/asked.csv'));
        return files[0]?.includes('"rejected":2') && files;
      },
      { deadlineMs: 60_000, everyMs: 500 },
    );
    expect(JSON.parse(file ?? '')).toEqual({
      file_name: fileNamed('asked.csv'),
      landed: 1,
      rejected: 2,
      error_rate: 0.6667,
    });
  });

  test('npm run athena runs the saved queries of the workgroup, and prints JSON or CSV', async () => {
    const saved = await namedQueriesOf(athena, workGroup);
    expect([...saved.keys()].sort()).toEqual(namedQueries.map(({ name }) => name).sort());
    const { code, stdout } = await run('--named', 'records-landed-twice', '--json');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect((await run('--csv', "SELECT 1 AS a, 'x' AS b")).stdout).toBe('a,b\n1,x\n');
  });

  test('npm run athena prints the failure of a query, and the known names for an unknown one', async () => {
    expect(await run('SELECT nothing')).toMatchObject({
      code: 1,
      stderr: "The query failed: COLUMN_NOT_FOUND: line 1:8: Column 'nothing' cannot be resolved\n",
    });
    const { stderr } = await run('--named', 'none');
    expect(stderr).toContain('The workgroup isobar-local has no query "none". Its queries: alert-summary, ');
  });
});
