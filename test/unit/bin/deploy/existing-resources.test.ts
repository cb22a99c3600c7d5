import { expect, test } from '@jest/globals';
import type { Account, FoundCluster, FoundDatabase } from '../../../../bin/deploy/check.ts';
import { checkExistingCluster, checkExistingDatabase } from '../../../../bin/deploy/existing-resources.ts';
import type { AppConfig } from '../../../../lib/app-config.ts';
import { stages } from '../../../../lib/config.ts';
import * as existing from '../../../fixtures/existing-resources.ts';

const cluster: FoundCluster = {
  state: 'ACTIVE',
  kind: 'provisioned',
  brokers: 6,
  volumeGib: 200,
  auth: ['iam'],
  securityGroupIds: [existing.kafka.securityGroupId],
  monitored: false,
};
const serverless: FoundCluster = {
  state: 'ACTIVE',
  kind: 'serverless',
  auth: ['iam'],
  securityGroupIds: [existing.kafka.securityGroupId],
};
const instance: FoundDatabase = {
  status: 'available',
  engine: 'postgres',
  version: '17.6',
  host: existing.database.host,
  port: existing.database.port,
  storageGib: 100,
  securityGroupIds: [existing.database.securityGroupId],
};

const group = { vpcId: 'vpc-0123456789abcdef0', admitsItself: (port: number) => port === 9098 };

/** An account in which the cluster and the instance are as they must be. No other call is answered. */
const account = (changes: Partial<Account> = {}): Account =>
  ({
    cluster: async () => cluster,
    database: async () => instance,
    securityGroup: async () => group,
    secret: async () => 'present',
    ...changes,
  }) as unknown as Account;

const wanted = { stacks: [], concurrency: 0, names: [] };

const ofCluster = (changes: Partial<Account>, config: AppConfig = existing.onExisting()) =>
  checkExistingCluster(account(changes), wanted, config);
const ofDatabase = (changes: Partial<Account>, config: AppConfig = existing.onExisting()) =>
  checkExistingDatabase(account(changes), wanted, config);

test('what exists as the configuration says passes', async () => {
  expect(await ofCluster({})).toEqual([
    { check: 'existing cluster', result: 'ok', found: existing.kafka.clusterArn },
  ]);
  expect(await ofDatabase({})).toEqual([{ check: 'existing database', result: 'ok', found: 'shared' }]);
});

test('a serverless cluster passes, without brokers and disks', async () => {
  const config = existing.onExisting({ kafka: { brokers: 'serverless' } });
  expect(await ofCluster({ cluster: async () => serverless }, config)).toMatchObject([{ result: 'ok' }]);
});

test('a stage with a cluster and a database of its own asks for none', async () => {
  expect(await ofCluster({}, stages.prod)).toEqual([]);
  expect(await ofDatabase({}, stages.prod)).toEqual([]);
});

const scram = existing.onExisting({ kafka: { scram: existing.scram } });

test.each<[string, Partial<Account>, AppConfig | undefined, string, string]>([
  ['no cluster', { cluster: async () => undefined }, undefined, 'is not there', 'list-clusters-v2'],
  [
    'another state',
    { cluster: async () => ({ ...cluster, state: 'UPDATING' }) },
    undefined,
    'is UPDATING',
    'Wait',
  ],
  ['another kind', { cluster: async () => serverless }, undefined, 'is serverless', 'kafka.existing.brokers'],
  [
    'other brokers',
    { cluster: async () => ({ ...cluster, brokers: 3 }) },
    undefined,
    'has 3 brokers, not 6',
    'kafka.existing.brokers',
  ],
  [
    'smaller disks',
    { cluster: async () => ({ ...cluster, volumeGib: 50 }) },
    undefined,
    'has 50 GiB for each broker, not 100',
    'kafka.brokerVolumeGib',
  ],
  [
    'no login by IAM',
    { cluster: async () => ({ ...cluster, auth: ['scram'] }) },
    undefined,
    'does not let clients log in by iam',
    '"Iam"',
  ],
  [
    'no login by password',
    { securityGroup: async () => ({ ...group, admitsItself: (port: number) => port === 9096 }) },
    scram,
    'does not let clients log in by scram',
    '"Scram"',
  ],
  [
    'no password',
    {
      cluster: async () => ({ ...cluster, auth: ['scram'] }),
      securityGroup: async () => ({ ...group, admitsItself: (port: number) => port === 9096 }),
      secret: async () => 'absent',
    },
    scram,
    'AmazonMSK_isobar-AbCdEf, which is absent',
    'secret',
  ],
  [
    'no metrics for a managed Prometheus',
    {},
    { ...existing.onExisting(), managedPrometheus: { grafana: false } },
    'does not show its metrics',
    'aws kafka update-monitoring',
  ],
  [
    'another security group',
    { cluster: async () => ({ ...cluster, securityGroupIds: ['sg-1', 'sg-2'] }) },
    undefined,
    'has not the security group sg-0000000000000000a',
    'sg-1, sg-2',
  ],
  [
    'another VPC',
    { securityGroup: async () => ({ ...group, vpcId: 'vpc-1' }) },
    undefined,
    'is in vpc-1, and the functions in vpc-0123456789abcdef0',
    'network.existing',
  ],
  [
    'a group that admits only others',
    { securityGroup: async () => ({ ...group, admitsItself: () => false }) },
    undefined,
    "does not let Lambda's pollers in",
    '--port 9098 --source-group sg-0000000000000000a',
  ],
])('a cluster with %s stops the deploy, with what to do', async (_, changes, config, found, todo) => {
  expect(await ofCluster(changes, config)).toEqual([
    {
      check: 'existing cluster',
      result: 'stop',
      found: expect.stringContaining(found),
      todo: expect.stringContaining(todo),
    },
  ]);
});

test.each<[string, Partial<Account>, string, string]>([
  ['no instance', { database: async () => undefined }, 'is not there', 'describe-db-instances'],
  [
    'another engine',
    { database: async () => ({ ...instance, engine: 'aurora-postgresql' }) },
    'runs aurora-postgresql',
    'RDS for PostgreSQL 17',
  ],
  [
    'an old version',
    { database: async () => ({ ...instance, version: '16.9' }) },
    'runs postgres 16.9',
    '17',
  ],
  ['another state', { database: async () => ({ ...instance, status: 'stopped' }) }, 'is stopped', 'Wait'],
  [
    'another address',
    { database: async () => ({ ...instance, port: 5432 }) },
    ':5432, not at',
    'database.existing.host and port',
  ],
  [
    'other storage',
    { database: async () => ({ ...instance, storageGib: 50 }) },
    'has 50 GiB, not 100',
    'database.storageGib',
  ],
  [
    'another security group',
    { database: async () => ({ ...instance, securityGroupIds: ['sg-1'] }) },
    'has not the security group sg-0000000000000000b',
    'sg-1',
  ],
  [
    'another VPC',
    { securityGroup: async () => ({ ...group, vpcId: 'vpc-1' }) },
    'is in vpc-1',
    'network.existing',
  ],
  ['no password', { secret: async () => 'being deleted' }, 'which is being deleted', 'secret'],
])('an instance with %s stops the deploy, with what to do', async (_, changes, found, todo) => {
  expect(await ofDatabase(changes)).toEqual([
    {
      check: 'existing database',
      result: 'stop',
      found: expect.stringContaining(found),
      todo: expect.stringContaining(todo),
    },
  ]);
});
