import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openAccount } from '../../../../bin/deploy/account.ts';
import type { Account } from '../../../../bin/deploy/check.ts';

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
    body.includes('absent')
      ? xmlError('DBInstanceNotFound')
      : result(
          'DescribeDBInstances',
          `<DBInstances><DBInstance><Engine>postgres</Engine><EngineVersion>18.1</EngineVersion>
          <DBInstanceStatus>available</DBInstanceStatus><AllocatedStorage>100</AllocatedStorage>
          <Endpoint><Address>host</Address><Port>5433</Port></Endpoint><VpcSecurityGroups>
          <VpcSecurityGroupMembership><VpcSecurityGroupId>sg-1</VpcSecurityGroupId></VpcSecurityGroupMembership>
          </VpcSecurityGroups></DBInstance></DBInstances>`,
        ),
  DescribeOrderableDBInstanceOptions: (body) =>
    result(
      'DescribeOrderableDBInstanceOptions',
      body.includes('Marker')
        ? `<OrderableDBInstanceOptions>${orderable('18.2')}</OrderableDBInstanceOptions>`
        : `<OrderableDBInstanceOptions>${orderable('18.1')}${orderable('18.1')}</OrderableDBInstanceOptions><Marker>2</Marker>`,
    ),
  DescribeSecurityGroups: (body) =>
    body.includes('absent')
      ? {
          status: 400,
          body: '<Response><Errors><Error><Code>InvalidGroup.NotFound</Code></Error></Errors></Response>',
        }
      : {
          body: `<DescribeSecurityGroupsResponse><securityGroupInfo><item><vpcId>vpc-1</vpcId><ipPermissions>
      <item><ipProtocol>tcp</ipProtocol><fromPort>9000</fromPort><toPort>9096</toPort>
        <groups><item><groupId>sg-1</groupId></item></groups></item>
      <item><ipProtocol>-1</ipProtocol><groups><item><groupId>sg-2</groupId></item></groups></item>
      </ipPermissions></item></securityGroupInfo></DescribeSecurityGroupsResponse>`,
        },
  'GET /api/v2/clusters/absent': () => ({ status: 404, body: '{"__type":"NotFoundException"}' }),
  'GET /api/v2/clusters/serverless': () => ({
    body: JSON.stringify({
      clusterInfo: {
        state: 'ACTIVE',
        clusterType: 'SERVERLESS',
        serverless: { vpcConfigs: [{ subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] }] },
      },
    }),
  }),
  'GET /api/v2/clusters/provisioned': () => ({
    body: JSON.stringify({
      clusterInfo: {
        state: 'ACTIVE',
        clusterType: 'PROVISIONED',
        provisioned: {
          numberOfBrokerNodes: 3,
          brokerNodeGroupInfo: {
            securityGroups: ['sg-1'],
            storageInfo: { ebsStorageInfo: { volumeSize: 200 } },
          },
          clientAuthentication: { sasl: { scram: { enabled: true }, iam: { enabled: false } } },
          openMonitoring: { prometheus: { jmxExporter: { enabledInBroker: true } } },
        },
      },
    }),
  }),
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

test('a cluster is read with what clients and disks need of it, or is not there', async () => {
  expect(await account.cluster('absent')).toBeUndefined();
  expect(await account.cluster('serverless')).toEqual({
    state: 'ACTIVE',
    kind: 'serverless',
    auth: ['iam'],
    securityGroupIds: ['sg-1'],
  });
  expect(await account.cluster('provisioned')).toEqual({
    state: 'ACTIVE',
    kind: 'provisioned',
    brokers: 3,
    volumeGib: 200,
    auth: ['scram'],
    securityGroupIds: ['sg-1'],
    monitored: true,
  });
});

test('an instance is read with its version, address and storage, or is not there', async () => {
  expect(await account.database('absent')).toBeUndefined();
  expect(await account.database('there')).toEqual({
    status: 'available',
    engine: 'postgres',
    version: '18.1',
    host: 'host',
    port: 5433,
    storageGib: 100,
    securityGroupIds: ['sg-1'],
  });
});

test('a security group admits itself by a range of ports, or by a rule for all', async () => {
  expect(await account.securityGroup('absent')).toBeUndefined();
  const admitted = async (id: string, port: number) => (await account.securityGroup(id))?.admitsItself(port);
  expect(await admitted('sg-1', 9096)).toBe(true);
  expect(await admitted('sg-1', 9098)).toBe(false);
  expect(await admitted('sg-2', 9098)).toBe(true);
  expect(await admitted('sg-3', 9096)).toBe(false);
});
