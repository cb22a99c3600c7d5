import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ministackVenv, projectNode } from '../../../localstack/setup/tools.mjs';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { startPoller } from './poller-process.ts';
import { createStacks } from './stacks.ts';
import { numbers } from './stage.ts';

let cluster: Cluster;
let ministack: ChildProcess;
let url: string;
let dir: string;

beforeAll(async () => {
  cluster = await connectCluster();
  dir = mkdtempSync(path.join(tmpdir(), 'ministack-'));
  const port = String(await freePort());
  url = `http://127.0.0.1:${port}`;
  ministack = spawn(path.join(ministackVenv, 'bin/ministack'), {
    cwd: dir,
    stdio: 'ignore',
    // MiniStack runs functions with the `node` on the PATH.
    env: {
      PATH: `${path.dirname(projectNode)}${path.delimiter}${process.env.PATH}`,
      ...{ HOME: dir, TMPDIR: dir, BIND_HOST: '127.0.0.1', GATEWAY_PORT: port },
    },
  });
  await eventually(
    () =>
      fetch(`${url}/_localstack/health`).then(
        ({ ok }) => ok,
        () => false,
      ),
    (ok) => ok,
  );
});
afterAll(async () => {
  if (ministack?.exitCode === null) {
    ministack.kill('SIGKILL');
    await once(ministack, 'exit');
  }
  rmSync(dir, { recursive: true, force: true });
  await cluster?.close();
});

test('behind MiniStack, which stores Kafka mappings and polls none, every record of a template’s mapping is delivered', async () => {
  const topic = await cluster.createTopic(1);
  const values = numbers(50);
  await cluster.produce(topic, 0, values);
  const { deploy, aws } = createStacks(url);
  await deploy('sink', {
    Resources: {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: { AssumeRolePolicyDocument: { Version: '2012-10-17', Statement: [] } },
      },
      Sink: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'sink',
          Runtime: 'nodejs22.x',
          Handler: 'index.handler',
          Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
          Code: {
            ZipFile: `exports.handler = async ({ records }) =>
              console.log('got', Object.values(records).flat().map(({ value }) => atob(value)).join(' '));`,
          },
        },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          FunctionName: { Ref: 'Sink' },
          Topics: [topic],
          StartingPosition: 'TRIM_HORIZON',
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: cluster.brokers } },
          SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: topic },
        },
      },
    },
  });
  const poller = await startPoller(url, '--from-templates');
  try {
    await eventually(
      () => cluster.committed(topic, topic),
      ([offset]) => offset === values.length,
    );
  } finally {
    await poller.stop('SIGTERM');
  }
  expect(poller.lines.filter(({ event }) => event === 'mapping-skipped')).toEqual([]);
  const { status, body } = await aws({
    service: 'logs',
    method: 'POST',
    path: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'Logs_20140328.FilterLogEvents',
    },
    body: Buffer.from(JSON.stringify({ logGroupName: '/aws/lambda/sink', filterPattern: 'got' })),
  });
  expect(status).toBe(200);
  expect(body.toString()).toContain(`got ${values.join(' ')}`);
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
