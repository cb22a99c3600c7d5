// A day of many rows in many objects through the whole daily workflow, as it is deployed: once, again, and with a late row. In the end
// each figure in Postgres is held against DuckDB's, from the raw objects. See README.md.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { objectKey } from '../lambdas/weather/land-observations/object-key.ts';
import { encodeParquet, type LandedRow } from '../lambdas/weather/land-observations/parquet.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openDailyWorkflow } from '../localstack/run/daily.ts';
import { launch } from '../localstack/run/launch.ts';
import { sparkVenv } from '../localstack/setup/tools.mjs';
import { formatCount } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';

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

const stateDir = mkdtempSync(path.join(tmpdir(), 'bench-daily-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
console.log(`Load: ${shownLoad()}. Starting a platform`);
const platform = await launch({
  stateDir,
  anyPorts: true,
  onEvent: () => undefined,
  signal: interrupted.signal,
});
const { endpoints } = platform;
const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
const workflow = openDailyWorkflow(endpoints);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  workflow.close();
  s3.destroy();
  await pool.end();
  await platform.stop();
  rmSync(stateDir, { recursive: true, force: true });
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
  await time('again, with nothing new', rows);
  await land(objects, [rows]);
  await time('with a late row', rows + 1);
  await compare();
}

/** As landing leaves it: an object of one partition, and its rows counted. Returns its size. */
async function land(number: number, ids: readonly number[]): Promise<number> {
  const partition = number % partitions;
  const offset = Math.floor(number / partitions) * rowsPerObject;
  const body = encodeParquet(
    ids.map((id, place) => landed(id, partition, offset + place)),
    '',
  );
  const Key = objectKey({ partition, offset, timestampMs: startMs + dayMs });
  await s3.send(new PutObjectCommand({ Bucket: endpoints.lakeBucket, Key, Body: body }));
  await pool.query(
    `insert into landed_days as known (event_date, ingest_date, topic, partition, rows)
     values ($1, $1::date + 1, 'weather-data', $2, $3)
         on conflict (event_date, ingest_date, topic, partition) do update set rows = known.rows + excluded.rows`,
    [day, partition, ids.length],
  );
  return body.length;
}

/** Half of all rows are of one location, and two of the measures have no equal values: the hard case. */
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
      observedAtMs: startMs + Math.floor((Math.min(id, rows - 1) / rows) * dayMs),
      temperatureC: Math.round((12 + 9 * Math.sin(id) + Math.random()) * 10) / 10,
      humidityPct: Math.random() * 100,
      precipitationMm: Math.max(0, Math.round((Math.random() * 20 - 17) * 10) / 10),
      windSpeedKmh: Math.random() * 80,
      retry: 0,
    },
  };
}

/** Runs the workflow to its end and prints how long each state took. @throws Error unless all rows are in the summary then */
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

type Figures = Readonly<Record<string, string | number | null>>;

/** Prints how far Postgres and DuckDB are apart. @throws Error for a figure that differs by more than 1e-9 of itself */
async function compare(): Promise<void> {
  const folder = path.join(stateDir, 'raw');
  await fetchObjects('raw/observations/', folder);
  const begun = performance.now();
  const script = path.join(import.meta.dirname, 'daily_figures.py');
  const output = execFileSync(path.join(sparkVenv, 'bin/python'), [script, folder, day], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - begun) / 1000;
  const expected = output
    .split('\n')
    .filter(Boolean)
    .map((line): Figures => JSON.parse(line));
  const stored = await pool.query<Figures & { location: string }>(
    `select *, observations::float8 as observations, extract(epoch from first_seen)::float8 * 1e6 as first_seen,
            extract(epoch from last_seen)::float8 * 1e6 as last_seen
       from daily_weather_summary where day = $1`,
    [day],
  );
  const found = new Map(stored.rows.map((row) => [row.location, row]));
  if (found.size !== expected.length)
    throw new Error(`Postgres has ${found.size} locations, DuckDB ${expected.length}`);
  let figures = 0;
  let largest = 0;
  for (const { location, ...row } of expected)
    for (const [name, value] of Object.entries(row)) {
      const difference = apart(found.get(String(location))?.[name], value);
      if (!(difference <= 1e-9))
        throw new Error(`${location} ${name}: ${found.get(String(location))?.[name]}, DuckDB has ${value}`);
      largest = Math.max(largest, difference);
      figures++;
    }
  console.log(
    `${formatCount(figures)} figures of ${found.size} locations equal DuckDB's (${seconds.toFixed(1)} s): at most ${largest.toExponential(1)} apart`,
  );
}

/** Of the larger one's size; of numbers below 1 the difference itself. */
function apart(found: unknown, expected: string | number | null): number {
  if (found === expected) return 0;
  if (typeof found !== 'number' || typeof expected !== 'number') return Number.NaN;
  return Math.abs(found - expected) / Math.max(1, Math.abs(found), Math.abs(expected));
}

async function fetchObjects(Prefix: string, folder: string): Promise<void> {
  mkdirSync(folder);
  const Bucket = endpoints.lakeBucket;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      writeFileSync(
        path.join(folder, Key.slice(Prefix.length).replaceAll('/', '-')),
        (await Body?.transformToByteArray()) ?? '',
      );
    }
}

function shownLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}
