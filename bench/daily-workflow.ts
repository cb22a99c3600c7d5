// Measures the deployed daily workflow on a day with many rows in many objects: the first run, a second run,
// and a run after a late row. Then compares each figure in Postgres with DuckDB's from the raw objects. See
// README.md.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { objectKey } from '../lambdas/weather/land-observations/object-key.ts';
import { encodeParquet, type LandedRow } from '../lambdas/weather/land-observations/parquet.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openDailyWorkflow } from '../localstack/run/daily.ts';
import { formatCount } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { compareWithDuckDb } from './daily-comparison.ts';
import { shownLoad } from './load.ts';
import { openOwnPlatform } from './own-platform.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    objects: { type: 'string', default: '500' },
    locations: { type: 'string', default: '200' },
  },
});
const [rows, objects, locations] = [options.rows, options.objects, options.locations].map(Number) as [
  number,
  number,
  number,
];
const rowsPerObject = Math.ceil(rows / objects);
const day = '2024-01-01';
const dayMs = 86_400_000;
const startMs = Date.parse(day);
const partitions = 10;

const platform = await openOwnPlatform('daily', { deployed: true });
const { endpoints, stateDir } = platform;
const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
const workflow = openDailyWorkflow(endpoints);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  workflow.close();
  s3.destroy();
  await pool.end();
  await platform.remove();
}

async function run(): Promise<void> {
  let bytes = 0;
  for (let number = 0; number < objects; number++)
    bytes += await land(
      number,
      Array.from(
        { length: Math.min(rowsPerObject, rows - number * rowsPerObject) },
        (_, place) => number * rowsPerObject + place,
      ),
    );
  console.log(`${formatCount(rows)} rows in ${objects} objects, ${(bytes / rows).toFixed(1)} B a row`);
  await time('the first run', rows);
  await time('a second run, without new rows', rows);
  await land(objects, [rows]);
  await time('a run after a late row', rows + 1);
  await compareWithDuckDb({
    pool,
    s3,
    bucket: endpoints.lakeBucket,
    folder: path.join(stateDir, 'raw'),
    day,
  });
}

/**
 * Writes an object of one partition and counts its rows, as land-observations does. Returns the size of the
 * object.
 */
async function land(number: number, ids: readonly number[]): Promise<number> {
  const partition = number % partitions;
  const offset = Math.floor(number / partitions) * rowsPerObject;
  const body = encodeParquet(
    ids.map((id, place) => landed(id, partition, offset + place)),
    '',
  );
  const Key = objectKey({ topic: 'weather-data', partition, offset, timestampMs: startMs + dayMs });
  await s3.send(new PutObjectCommand({ Bucket: endpoints.lakeBucket, Key, Body: body }));
  await pool.query(
    `insert into landed_days as known (event_date, ingest_date, topic, partition, rows)
     values ($1, $1::date + 1, 'weather-data', $2, $3)
         on conflict (event_date, ingest_date, topic, partition) do update set rows = known.rows + excluded.rows`,
    [day, partition, ids.length],
  );
  return body.length;
}

/**
 * Half of all rows have one location, and two measures have no equal values: the hard case for percentiles.
 */
function landed(id: number, partition: number, offset: number): LandedRow {
  return {
    record: {
      topic: 'weather-data',
      partition,
      offset,
      timestampMs: startMs + dayMs,
      key: null,
      text: null,
      value: undefined,
      headers: { source: 'incoming/observations/bench.csv@e', row: id },
    },
    observation: {
      location: Math.random() < 0.5 ? 'Metropolis' : `Place ${Math.floor(Math.random() * locations)}`,
      // No two rows have one time: only the newest of them would count.
      observedAtMs: startMs + Math.min(Math.floor((id / rows) * dayMs), dayMs - 1),
      temperatureC: Math.round((12 + 9 * Math.sin(id) + Math.random()) * 10) / 10,
      humidityPct: Math.random() * 100,
      precipitationMm: Math.max(0, Math.round((Math.random() * 20 - 17) * 10) / 10),
      windSpeedKmh: Math.random() * 80,
      retry: 0,
    },
  };
}

/**
 * Runs the workflow and prints the time of each state.
 * @throws Error when rows are missing from the summary
 */
async function time(what: string, expected: number): Promise<void> {
  const execution = await workflow.start(day);
  const {
    status,
    failure,
    startedAtMs,
    endedAtMs = 0,
    steps,
  } = await waitFor(
    'the workflow to end',
    async () => {
      const progress = await workflow.progress(execution);
      return progress.endedAtMs === undefined ? undefined : progress;
    },
    { deadlineMs: 1_800_000, everyMs: 250 },
  );
  if (status !== 'SUCCEEDED') throw new Error(`The workflow ${status}: ${failure}`);
  const found = await pool.query<{ observations: number; revision: number }>(
    `select sum(observations)::float8 as observations, max(revision) as revision from daily_weather_summary where day = $1`,
    [day],
  );
  const { observations, revision } = found.rows[0] ?? {};
  if (observations !== expected) throw new Error(`The summary has ${observations} rows, not ${expected}`);
  const took = steps.map(({ state, enteredAtMs }, place) => {
    const seconds = ((steps[place + 1]?.enteredAtMs ?? endedAtMs) - enteredAtMs) / 1000;
    return seconds < 0.5 ? [] : [`${state} ${seconds.toFixed(1)}`];
  });
  const all = ((endedAtMs - startedAtMs) / 1000).toFixed(1);
  console.log(`${what}: ${all} s, revision ${revision} (${took.flat().join(', ')}); load ${shownLoad()}`);
}
