import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openAccount } from '../../../../bin/deploy/account.ts';
import type { Account } from '../../../../bin/deploy/preflight.ts';

interface Answer {
  readonly status?: number;
  readonly body: string;
}

const xmlError = (code: string): Answer => ({
  status: 400,
  body: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`,
});
const result = (action: string, inside: string): Answer => ({
  body: `<${action}Response><${action}Result>${inside}</${action}Result></${action}Response>`,
});
const orderable = (version: string) =>
  `<OrderableDBInstanceOption><EngineVersion>${version}</EngineVersion></OrderableDBInstanceOption>`;

/** Answers of AWS's APIs in the form that they have on the wire, by operation. */
const answers: Readonly<Record<string, (body: string) => Answer>> = {
  GetCallerIdentity: () =>
    result('GetCallerIdentity', '<Arn>arn:aws:iam::1:user/me</Arn><Account>1</Account>'),
  DescribeAvailabilityZones: () => ({
    body: `<DescribeAvailabilityZonesResponse><availabilityZoneInfo>
      <item><zoneId>use1-az1</zoneId><zoneState>available</zoneState><zoneType>availability-zone</zoneType></item>
      <item><zoneId>use1-az2</zoneId><zoneState>impaired</zoneState><zoneType>availability-zone</zoneType></item>
      <item><zoneId>use1-bos1-az1</zoneId><zoneState>available</zoneState><zoneType>local-zone</zoneType></item>
      </availabilityZoneInfo></DescribeAvailabilityZonesResponse>`,
  }),
  'GET /2016-08-19/account-settings': () => ({ body: '{"AccountLimit":{"ConcurrentExecutions":10}}' }),
  'GET /account': () => ({ body: '{"cloudwatchRoleArn":"arn:aws:iam::1:role/logs"}' }),
  DescribeSecret: (body) =>
    body.includes('absent')
      ? { status: 400, body: '{"__type":"ResourceNotFoundException","message":"no"}' }
      : { body: body.includes('deleted') ? '{"Name":"deleted","DeletedDate":1}' : '{"Name":"there"}' },
  DescribeStacks: (body) =>
    body.includes('absent')
      ? xmlError('ValidationError')
      : result(
          'DescribeStacks',
          '<Stacks><member><StackStatus>ROLLBACK_COMPLETE</StackStatus></member></Stacks>',
        ),
  GetRole: () => xmlError('NoSuchEntity'),
  DescribeDBInstances: (body) =>
    body.includes('absent') ? xmlError('DBInstanceNotFound') : result('DescribeDBInstances', ''),
  DescribeOrderableDBInstanceOptions: (body) =>
    result(
      'DescribeOrderableDBInstanceOptions',
      body.includes('Marker')
        ? `<OrderableDBInstanceOptions>${orderable('18.2')}</OrderableDBInstanceOptions>`
        : `<OrderableDBInstanceOptions>${orderable('18.1')}${orderable('18.1')}</OrderableDBInstanceOptions><Marker>2</Marker>`,
    ),
  'HEAD /there': () => ({ body: '' }),
  'HEAD /absent': () => ({ status: 404, body: '' }),
  'GET /api/v2/clusters': () => ({ body: '{"clusterInfoList":[{"clusterName":"isobar-dev-2"}]}' }),
  'GET /v1/kafka-versions': () => ({
    body: '{"kafkaVersions":[{"version":"4.0.x.kraft","status":"ACTIVE"},{"version":"1.1.1","status":"DEPRECATED"}]}',
  }),
};

/** The operation as the protocol of the service tells it: in a header, in the body, or by method and path. */
const operationOf = ({ method, url = '', headers }: IncomingMessage, body: string): string =>
  String(headers['x-amz-target'] ?? '').split('.')[1] ??
  new URLSearchParams(body).get('Action') ??
  `${method} ${url.split('?')[0]?.replace(/\/$/, '')}`;

const server = createServer(async (request, response) => {
  const body = await text(request);
  const answer = answers[operationOf(request, body)]?.(body);
  const { status = 200, body: content } = answer ?? { status: 501, body: operationOf(request, body) };
  response.writeHead(status).end(content);
});

const before = { ...process.env };
let account: Account;
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'key',
  });
  account = openAccount('us-east-1');
});
afterAll(async () => {
  process.env = before;
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});

test('who the caller is', async () => {
  expect(await account.identity()).toEqual({ account: '1', arn: 'arn:aws:iam::1:user/me' });
});

test('zones that are not available, and local zones, cannot be used', async () => {
  expect(await account.zones()).toEqual(['use1-az1']);
});

test("Lambda's concurrency and the role of API Gateway are those of the account", async () => {
  expect(await account.concurrency()).toBe(10);
  expect(await account.canApiLog()).toBe(true);
});

test('a secret is there, absent, or deleted while its name is still taken', async () => {
  expect(await Promise.all(['there', 'absent', 'deleted'].map((name) => account.secret(name)))).toEqual([
    'present',
    'absent',
    'being deleted',
  ]);
});

test('what AWS does not find is absent, and not an error', async () => {
  expect(await account.stackStatus('absent')).toBeUndefined();
  expect(await account.stackStatus('there')).toBe('ROLLBACK_COMPLETE');
  expect(await account.hasBucket('absent')).toBe(false);
  expect(await account.hasBucket('there')).toBe(true);
  expect(await account.hasDatabase('absent')).toBe(false);
  expect(await account.hasDatabase('there')).toBe(true);
  expect(await account.hasRole('AWSServiceRoleForKafka')).toBe(false);
  expect(await account.hasCluster('isobar-dev')).toBe(false);
  expect(await account.hasCluster('isobar-dev-2')).toBe(true);
});

test('versions are read from all pages, those that can be created only', async () => {
  expect(await account.postgresVersions('db.t4g.micro')).toEqual(['18.1', '18.2']);
  expect(await account.kafkaVersions()).toEqual(['4.0.x.kraft']);
});
