import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { createAws } from '../../localstack/kafka-poller/aws.ts';
import { type Platform, startPlatform } from '../../localstack/platform/platform.ts';
import { isAlive, processList } from '../../localstack/platform/processes.ts';
import { projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';

const app = path.join(projectRoot, 'docs/your-own-app');
const patience = { deadlineMs: 180_000 };

let stateDir: string;
let platform: Platform;

beforeAll(async () => {
  stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-platform-only-'));
  platform = await startPlatform({
    stateDir,
    anyPorts: true,
    platformOnly: true,
    brokers: 1,
    onEvent: () => undefined,
  });
}, 300_000);
afterAll(async () => {
  await platform?.stop();
  rmSync(stateDir, { recursive: true, force: true });
}, 60_000);

/**
 * The CDK's command line, as a person runs it in the folder of the app. Only the deploy checks the template
 * against CloudFormation's schemas, which takes longer than the rest.
 */
async function cdk(...args: string[]): Promise<string> {
  const { awsEndpointUrl, region } = platform.endpoints;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [
      path.join(projectRoot, 'node_modules/aws-cdk/bin/cdk'),
      ...args,
      '--output',
      path.join(stateDir, 'cdk.out'),
    ],
    {
      cwd: app,
      env: {
        PATH: `${path.dirname(process.execPath)}:${process.env.PATH}`,
        HOME: stateDir,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        AWS_ENDPOINT_URL: awsEndpointUrl,
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        REPLICAS: '1',
        CI: '1',
        ...(args[0] !== 'deploy' && { CDK_VALIDATION: 'false' }),
      },
    },
  );
  return stdout + stderr;
}

async function produce(amounts: readonly number[]): Promise<void> {
  const kafka = new Kafka({ brokers: [...platform.endpoints.kafkaBrokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  const messages = amounts.map((amount) => ({ partition: 0, value: JSON.stringify({ amount }) }));
  await producer.send({ topic: 'orders', messages });
  await producer.disconnect();
}

function readAws() {
  const { awsEndpointUrl, region } = platform.endpoints;
  const aws = createAws({
    endpoint: new URL(awsEndpointUrl),
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const text = async (request: Parameters<typeof aws>[0]) => (await aws(request)).body.toString();
  return {
    totals: async (bucket: string) => {
      const listing = await text({ service: 's3', method: 'GET', path: `/${bucket}` });
      const keys = [...listing.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = '']) => key);
      const objects = keys.map((key) => text({ service: 's3', method: 'GET', path: `/${bucket}/${key}` }));
      return (await Promise.all(objects)).map(
        (object) => JSON.parse(object) as { orders: number; total: number },
      );
    },
    messages: async (queue: string) => {
      const path = `${new URL(queue).pathname}?Action=ReceiveMessage&MaxNumberOfMessages=10`;
      const answer = await text({ service: 'sqs', method: 'GET', path });
      return [...answer.matchAll(/<Body>(.*?)<\/Body>/g)].map(([, body = '']) =>
        body.replaceAll('&quot;', '"'),
      );
    },
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

test('the app of the page is deployed by the CDK, triggered from Kafka, and destroyed', async () => {
  const { consoleUrl, kafkaBrokers, platformOnly } = platform.endpoints;
  expect({ consoleUrl, brokers: kafkaBrokers.length, platformOnly }).toEqual({
    consoleUrl: '',
    brokers: 1,
    platformOnly: true,
  });
  expect(await cdk('bootstrap')).toMatch(/bootstrapped/);
  const deployed = await cdk('deploy', '--require-approval', 'never');
  const output = (name: string) => new RegExp(`orders\\.${name} = (\\S+)`).exec(deployed)?.[1] ?? '';

  await produce([20, 250, 3]);
  const aws = readAws();
  const totals = () => aws.totals(output('TotalsBucket'));
  await waitFor(
    'the TypeScript function to add up',
    async () => sum((await totals()).map(({ orders }) => orders)) === 3,
    patience,
  );
  expect(sum((await totals()).map(({ total }) => total))).toBe(273);
  const large: string[] = [];
  await waitFor(
    'the Python function to find the large order',
    async () => large.push(...(await aws.messages(output('LargeQueue')))) > 0,
    patience,
  );
  expect(large.map((order) => JSON.parse(order))).toEqual([{ amount: 250 }]);

  await cdk('destroy', '--force');
  const processes = processList(stateDir).read();
  await platform.stop();
  expect(processes.filter((each) => isAlive(each))).toEqual([]);
}, 600_000);
