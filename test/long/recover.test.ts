import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { readConsumers, switchMappings } from '../../bin/recover/mappings.ts';
import { nameOfPartition } from '../../lambdas/shared/exactly-once/landed-objects.ts';
import { landedLake } from '../../lambdas/weather/tidy-observations/lake.ts';
import type { Endpoints } from '../../localstack/endpoints.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { stopPlatform } from '../../localstack/platform/platform.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { drain } from '../../localstack/run/drain.ts';
import { openPlatformCounts, type PlatformCounter } from '../../localstack/run/platform-counts.ts';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';
import { databaseSnapshot } from '../e2e/snapshot.ts';
import { aTransaction, callsTo } from '../integration/api-calls.ts';
import { openDeployedPlatform } from '../integration/deployed-platform.ts';

let stateDir: string;
let launcher: ChildProcess;
let endpoints: Endpoints;
let platform: ReturnType<typeof openDeployedPlatform>;
let counter: PlatformCounter;

beforeAll(async () => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-recover-'));
  const command = [path.join(import.meta.dirname, '../e2e/launcher.ts'), stateDir, 'stacks'];
  launcher = spawn(projectNode, command, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const [line] = (await once(launcher.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  endpoints = JSON.parse(line.toString());
  platform = openDeployedPlatform(stateDir);
  counter = await openPlatformCounts(endpoints);
}, 900_000);

afterAll(async () => {
  await counter?.close();
  await platform?.close();
  launcher.kill('SIGKILL');
  await stopPlatform(stateDir);
  rmSync(stateDir, { recursive: true, force: true });
}, 120_000);

/** Runs a command of the project on this platform. */
async function run(name: string, ...args: string[]) {
  const command = [
    '--disable-warning=TimeoutNegativeWarning',
    path.join(projectRoot, `bin/${name}.ts`),
    ...args,
  ];
  const env = { ...process.env, ISOBAR_STATE_DIR: stateDir };
  return promisify(execFile)(projectNode, command, { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

/** Two locations, each in a partition of its own, one hot reading, and a row that is none. */
const fileOf = (day: string, rows = 40) =>
  [
    'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh',
    ...Array.from({ length: rows }, (_, minute) => {
      const time = `${day} 00:${String(minute).padStart(2, '0')}:00`;
      return `${minute % 2 ? 'Lima' : 'Oslo'},${time},${minute === 20 ? 41 : 12},50,0,4`;
    }),
    `Lima,${day},warm,50,0,4`,
    '',
  ].join('\n');

const drop = async (day: string) => platform.ingested(await platform.dropFile(`${day}.csv`, fileOf(day)));

const settled = () =>
  drain(counter, [], {
    showDetail: () => undefined,
    stalledAfterMs: 120_000,
    everyMs: 500,
    signal: new AbortController().signal,
  });

const predict = async (transactionId: string) => {
  const token = await readApiToken(endpoints, 'predict');
  const body = aTransaction({ transactionId, accountId: `of-${transactionId}` });
  return (await callsTo(() => endpoints.apiUrl)('POST', 'predict', { token, body })).status;
};

const label = async (transactionId: string) => {
  const source = await platform.dropLabels(
    `${transactionId}.csv`,
    `transactionId,isFraud\n${transactionId},true\n`,
  );
  await platform.ingested(source);
};

/** Corrects the wrong row of a file, and sends it. */
async function correctAndRedrive(file: string): Promise<void> {
  const [{ id = 0 } = {}] = await platform.rows<{ id: number }>(
    `select id::int from error_weather_data where file_name like '%' || $1`,
    [file],
  );
  const fix = await run(
    'errors',
    'fix',
    String(id),
    '--set',
    'Date_Time=2024-05-01 01:00:00',
    '--set',
    'Temperature_C=13',
  );
  expect(fix).toMatchObject({ code: 0, stderr: '' });
  expect(await run('errors', 'redrive', String(id))).toMatchObject({ code: 0, stdout: '1 redriven\n' });
}

/** What each store holds of all that was sent. Ids and times of storing are left out. */
async function contents() {
  const landed = (await platform.landedRows()).map(
    ({ location, date_time, source, row, _partition, _offset }) =>
      `${location} ${date_time.toISOString()} ${source}:${row} ${_partition}/${_offset}`,
  );
  const rowsOf = async (sql: string) =>
    (await platform.rows<object>(sql)).map((row) => JSON.stringify(row)).sort();
  return {
    landed: landed.sort(),
    windows: await rowsOf(
      'select location, window_start, count, temperature_c_mean, temperature_c_max from weather_windows order by 1, 2',
    ),
    alerts: await rowsOf('select location, alert_type, event_time from weather_alerts order by 1, 2, 3'),
    errors: await rowsOf(
      'select error_type, file_name, line_number from error_weather_data order by 1, 2, 3',
    ),
    landedDays: await rowsOf('select event_date, sum(rows) from landed_days group by 1 order by 1'),
    recent: await rowsOf('select location, temperature_c from latest_observations order by 1'),
    predictions: await rowsOf('select transaction_id, score from predictions order by 1'),
    labels: await rowsOf('select transaction_id, is_fraud from labels order by 1'),
    files: await rowsOf('select key, rows_valid, rows_invalid, counts from ingested_files order by 1'),
    // A replay cuts batches elsewhere, into other objects, and functions count in other shards.
    counters: await rowsOf(
      `select name, labels - 'shard' as labels, sum(value) from metric_counters
        where name !~ '^http_|_bytes_|_objects_' group by 1, 2`,
    ),
  };
}

/** Merges the objects of a partition around an offset, as tidy-observations does when they are old enough. */
async function mergeAcross(boundary: { readonly partition: number; readonly offset: number }) {
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const lake = landedLake(s3, endpoints.lakeBucket);
  const objects = (await lake.list(new Date().toISOString().slice(0, 10)))
    .filter(({ partition }) => partition === nameOfPartition({ generation: 0, ...boundary }))
    .sort((a, b) => a.offset - b.offset);
  const first = objects.findLast(({ offset }) => offset < boundary.offset);
  const second = objects.find(({ offset }) => offset >= boundary.offset);
  const [into, from] = await Promise.all([lake.read(first?.key ?? ''), lake.read(second?.key ?? '')]);
  if (!first || !second || !into || !from) throw new Error('expected an object on each side of the snapshot');
  await lake.replace({ key: first.key, eTag: into.eTag }, [...into.rows, ...from.rows]);
  await lake.remove([{ key: second.key, eTag: from.eTag }]);
  s3.destroy();
}

/** Disables the mapping that a recovery enables last. */
async function stopSettler(): Promise<void> {
  const lambda = new LambdaClient(localAccount(endpoints));
  const { settler } = await readConsumers(lambda, 'local');
  await switchMappings(lambda, 'local', [settler], 'Disabled');
  lambda.destroy();
}

async function committedOffsets() {
  const kafka = new Kafka({ brokers: [...endpoints.kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const groups = ['land-observations', 'watch-weather', 'record-errors', 'monitor-transactions'];
  const offsets = await Promise.all(groups.map((groupId) => admin.fetchOffsets({ groupId })));
  await admin.disconnect();
  return JSON.stringify(offsets);
}

test('after a restore of an older database, every row, alert, error, prediction and label is there once', async () => {
  await drop('2024-05-01');
  expect(await predict('before')).toBe(200);
  await settled();
  const snapshot = databaseSnapshot(endpoints);
  await snapshot.take();
  const [boundary] = await platform.rows<{ partition: number; offset: number }>(
    `select partition, next_offset::int as "offset" from applied_offsets
      where consumer = 'land-observations' and next_offset > 0 limit 1`,
  );

  await drop('2024-05-02');
  await settled();
  await mergeAcross(boundary ?? { partition: 0, offset: 0 });
  await drop('2024-05-03');
  await platform.send('weather-data', [{ key: 'Lima', value: 'no JSON' }]);
  await correctAndRedrive('2024-05-01.csv');
  expect(await predict('after')).toBe(200);
  await settled();
  await label('after');
  await settled();
  const before = await contents();

  const refused = await run('recover', '--yes');
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('These functions run: land-observations, monitor-transactions');

  expect(await run('recover', '--pause', '--yes')).toMatchObject({ code: 0 });
  await snapshot.restore();
  expect((await contents()).alerts).not.toEqual(before.alerts);

  const offsets = await committedOffsets();
  const planned = await run('recover', '--dry-run');
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  expect(planned.stdout).toContain('1 merged object will lose the rows');
  expect(planned.stdout).toContain('3 files will be announced again');
  expect(planned.stdout).toContain('Nothing was changed.');
  expect(await committedOffsets()).toBe(offsets);
  expect((await contents()).landed).toEqual(before.landed);

  // As after a rotation that the snapshot does not know.
  await platform.rows(
    "alter role isobar_migrator_a password 'older'; alter role isobar_migrator_b password 'older'",
  );
  const tooEarly = await run('recover', '--dry-run');
  expect(tooEarly.code).toBe(1);
  expect(tooEarly.stderr).toContain('`npm run recover`, which sets the passwords, shows the plan and asks');

  const unconfirmed = await run('recover');
  expect(unconfirmed.stderr).toContain('Recovering stage local needs a confirmation. Add --yes');
  expect(unconfirmed.code).toBe(1);

  expect(await run('recover', '--yes')).toMatchObject({ code: 0, stderr: '' });
  await waitFor(
    'the files to be known again',
    async () => (await contents()).files.length === before.files.length,
    {
      deadlineMs: 60_000,
    },
  );
  await settled();
  const audit = await run('audit', '--wait', '60');
  expect(audit.stdout).toContain('Every record below the ledger landed once or is accounted for.');
  expect(audit.code).toBe(0);
  expect(await contents()).toEqual(before);

  // Again: first while all run, then of a database that lost nothing.
  expect(await run('recover', '--yes')).toMatchObject({ code: 1, stdout: '' });
  expect(await run('recover', '--pause', '--yes')).toMatchObject({ code: 0 });
  const again = await run('recover', '--yes');
  expect(again).toMatchObject({ code: 0, stderr: '' });
  await settled();
  expect(await contents()).toEqual(before);

  // Interrupted before discarded batches are settled: the next run goes on.
  await stopSettler();
  expect(await run('recover', '--yes')).toMatchObject({ code: 0, stderr: '' });

  // Sent in the lost time: it changes nothing. Never sent: it lands.
  await correctAndRedrive('2024-05-01.csv');
  await settled();
  expect((await contents()).landed).toEqual(before.landed);
  await correctAndRedrive('2024-05-03.csv');
  await settled();
  expect((await contents()).landed).toHaveLength(before.landed.length + 1);

  // A new error cannot pass for one that was redriven before the restore.
  await drop('2024-05-04');
  await settled();
  const [{ newest = 0 } = {}] = await platform.rows<{ newest: number }>(
    'select max(id)::float8 as newest from error_weather_data',
  );
  expect(newest).toBeGreaterThan(10_000_000);
}, 900_000);
