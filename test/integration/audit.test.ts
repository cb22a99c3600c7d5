import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Audit } from '../../bin/audit/audit-landing.ts';
import { objectKey } from '../../lambdas/weather/land-observations/object-key.ts';
import { encodeParquet } from '../../lambdas/weather/land-observations/parquet.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';
import { observationWith } from '../fixtures/observations.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
let environment: Record<string, string>;
beforeAll(async () => {
  platform = openDeployedPlatform();
  environment = await landingEnvironment();
});
afterAll(() => platform.close());

/** The function's environment, as an operator passes it to `npm run audit -- --env`. */
async function landingEnvironment(): Promise<Record<string, string>> {
  const lambda = new LambdaClient(localAccount(platform.endpoints));
  const FunctionName = 'isobar-local-land-observations';
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  lambda.destroy();
  return {
    ...Environment?.Variables,
    AWS_ENDPOINT_URL: platform.endpoints.awsEndpointUrl,
    AWS_REGION: platform.endpoints.region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
}

async function runAudit(args: readonly string[], more: Record<string, string> = {}) {
  const command = [path.join(projectRoot, 'bin/audit.ts'), '--env', ...args];
  const env = { PATH: process.env.PATH, ...environment, ...more };
  const run = promisify(execFile)(projectNode, command, { env, maxBuffer: 64 * 1024 * 1024 });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

test('npm run audit finds every record of this platform landed once', async () => {
  const file = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh\n';
  await platform.ingested(
    await platform.dropFile('audited.csv', `${file}Lima,2024-03-01 00:00:00,1,50,0,4\nLima,x,1,50,0,4\n`),
  );
  await platform.send('weather-data', [{ key: 'Lima', value: 'no JSON' }]);
  const { code, stdout } = await runAudit(['--wait', '45', '--json']);
  const audit: Audit = JSON.parse(stdout);
  expect(audit.findings).toEqual([]);
  expect(code).toBe(0);
  const sum = (value: (partition: Audit['partitions'][number]) => number) =>
    audit.partitions.reduce((total, partition) => total + value(partition), 0);
  expect(audit.partitions).toHaveLength(10);
  expect(sum(({ rows }) => rows)).toBeGreaterThan(0);
  expect(sum(({ accounted }) => accounted.rejected)).toBeGreaterThan(0);
});

test('npm run audit exits with 1 and names an orphaned object', async () => {
  const s3 = new S3Client({ ...localAccount(platform.endpoints), forcePathStyle: true });
  const offset = 9e15;
  const orphan = {
    Bucket: platform.endpoints.lakeBucket,
    Key: objectKey({ topic: 'weather-data', partition: 0, offset, timestampMs: Date.now() }),
  };
  const headers = {};
  const record = {
    topic: 'weather-data',
    partition: 0,
    offset,
    timestampMs: Date.now(),
    key: null,
    text: null,
  };
  const observation = observationWith({
    location: 'Nowhere',
    observedAtMs: 0,
    temperatureC: 0,
    humidityPct: 0,
    windSpeedKmh: 0,
  });
  const Body = encodeParquet([{ record: { ...record, value: null, headers }, observation }], '');
  await s3.send(new PutObjectCommand({ ...orphan, Body }));
  try {
    const { code, stdout } = await runAudit([]);
    expect(stdout).toContain(`orphan            partition 0: ${orphan.Key}`.slice(0, 78));
    expect(code).toBe(1);
  } finally {
    await s3.send(new DeleteObjectCommand(orphan));
    s3.destroy();
  }
});

test('npm run audit exits with 1 and names the brokers that it cannot reach', async () => {
  const { code, stderr } = await runAudit([], { KAFKA_BROKERS: '127.0.0.1:1' });
  expect(stderr).toContain('Connecting to the brokers 127.0.0.1:1 failed');
  expect(code).toBe(1);
});
