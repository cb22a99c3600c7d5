import { expect, test } from '@jest/globals';
import type { Account } from '../../../../bin/deploy/check.ts';
import { checkCredentials, preflight, renderFindings } from '../../../../bin/deploy/preflight.ts';
import type { Wanted } from '../../../../bin/deploy/wanted.ts';
import { stages } from '../../../../lib/config.ts';

const wanted: Wanted = {
  stacks: ['isobar-dev-network', 'isobar-dev-storage'],
  concurrency: 150,
  names: [
    { kind: 'bucket', name: 'isobar-dev-lake-123456789012-us-east-1', stack: 'isobar-dev-storage' },
    { kind: 'database', name: 'isobar-dev', stack: 'isobar-dev-storage' },
    { kind: 'secret', name: 'isobar/dev/database', stack: 'isobar-dev-storage' },
  ],
  postgres: { version: '18.1', instanceClass: 'db.t4g.micro' },
  kafkaVersion: '4.0.x.kraft',
};

/** A new account in which a first deploy works. */
const ready: Account = {
  identity: async () => ({
    account: '123456789012',
    arn: 'arn:aws:sts::123456789012:assumed-role/deployer/me',
  }),
  zones: async () => ['use1-az1', 'use1-az2', 'use1-az3', 'use1-az4'],
  concurrency: async () => 1_000,
  secret: async (name) => (name === 'isobar/dev/slack-webhook' ? 'present' : 'absent'),
  canApiLog: async () => true,
  stackStatus: async (name) => (name === 'CDKToolkit' ? 'CREATE_COMPLETE' : undefined),
  hasBucket: async () => false,
  hasDatabase: async () => false,
  hasCluster: async () => false,
  hasRole: async () => true,
  postgresVersions: async () => ['17.6', '18.1', '18.2'],
  kafkaVersions: async () => ['3.9.x', '4.0.x.kraft'],
  cluster: async () => undefined,
  database: async () => undefined,
  securityGroup: async () => undefined,
};

const check = (changes: Partial<Account>, needs: Partial<Wanted> = {}) =>
  preflight({ ...ready, ...changes }, { ...wanted, ...needs }, stages.dev);

const troubles = async (changes: Partial<Account>, needs?: Partial<Wanted>) =>
  (await check(changes, needs)).filter(({ result }) => result !== 'ok');

test('an account that has everything passes every check', async () => {
  const findings = await check({});
  expect(findings.map(({ result }) => result)).toEqual(Array(10).fill('ok'));
  expect(await checkCredentials(ready, stages.dev)).toMatchObject({
    result: 'ok',
    found: expect.stringContaining('account 123456789012, us-east-1'),
  });
});

test('without credentials, the way to sign in is shown', async () => {
  const identity = () => Promise.reject(new Error('The security token is expired'));
  const finding = await checkCredentials({ ...ready, identity }, stages.dev);
  expect(finding).toMatchObject({ result: 'stop', found: expect.stringContaining('token is expired') });
  expect(finding.todo).toContain('aws sso login');
});

test('the root user is told to deploy with a role', async () => {
  const identity = async () => ({ account: '1', arn: 'arn:aws:iam::1:root' });
  expect(await checkCredentials({ ...ready, identity }, stages.dev)).toMatchObject({
    result: 'note',
    todo: expect.stringContaining('not with the root user'),
  });
});

test.each<[string, Partial<Account>, string, string]>([
  [
    'an account that the CDK has not prepared',
    { stackStatus: async () => undefined },
    'CDKToolkit is absent',
    'npx cdk bootstrap aws://123456789012/us-east-1',
  ],
  [
    'a zone that the account does not have',
    { zones: async () => ['use1-az1', 'use1-az4', 'use1-az6'] },
    'use1-az2 cannot be used',
    '--zones use1-az1,use1-az4,use1-az6',
  ],
  [
    'a new account, which runs ten functions',
    { concurrency: async () => 10 },
    '10 functions may run at once',
    '--desired-value 1000',
  ],
  [
    'no Slack secret',
    { secret: async () => 'absent' },
    'isobar/dev/slack-webhook is absent',
    'create-secret --name isobar/dev/slack-webhook',
  ],
  [
    'no role for the logs of API Gateway',
    { canApiLog: async () => false },
    'no role for logs',
    'docs/aws/account.yaml',
  ],
  [
    'a version of Postgres that RDS no longer creates',
    { postgresVersions: async () => ['17.6', '18.2'] },
    'Postgres 18.1',
    '17.6, 18.2',
  ],
  [
    'a version of Kafka that MSK does not create',
    { kafkaVersions: async () => ['3.9.x'] },
    '4.0.x.kraft',
    '3.9.x',
  ],
  [
    'a bucket that an earlier stage left',
    { hasBucket: async () => true },
    'bucket isobar-dev-lake-123456789012-us-east-1',
    'docs/aws.md#teardown',
  ],
  [
    'a database that an earlier stage left',
    { hasDatabase: async () => true },
    'database isobar-dev',
    'docs/aws.md#teardown',
  ],
  [
    'a deleted secret that still holds its name',
    { secret: async (name) => (name.endsWith('webhook') ? 'present' : 'being deleted') },
    'isobar/dev/database is being deleted',
    '--force-delete-without-recovery',
  ],
])('%s stops the deploy, with what to do', async (_, changes, found, todo) => {
  const [trouble, ...more] = await troubles(changes);
  expect(more).toEqual([]);
  expect(trouble).toMatchObject({
    result: 'stop',
    found: expect.stringContaining(found),
    todo: expect.stringContaining(todo),
  });
});

test('MSK refuses one zone of us-east-1, although the account has it', async () => {
  const { network, ...config } = stages.dev;
  const zoneIds = ['use1-az1', 'use1-az2', 'use1-az3'] as const;
  const findings = await preflight(ready, wanted, { ...config, network: { ...network, zoneIds } });
  expect(findings.filter(({ result }) => result === 'stop')).toMatchObject([{ check: 'zones' }]);
});

test.each(['ROLLBACK_COMPLETE', 'DELETE_FAILED', 'UPDATE_IN_PROGRESS'])(
  'a stack in %s stops the deploy',
  async (status) => {
    const stackStatus = async (name: string) =>
      name === 'isobar-dev-network' ? status : ready.stackStatus(name);
    expect(await troubles({ stackStatus })).toMatchObject([
      { check: 'stacks', result: 'stop', found: `isobar-dev-network is ${status}` },
    ]);
  },
);

test('what an existing stack created may have its names', async () => {
  const stackStatus = async () => 'UPDATE_COMPLETE';
  expect(await troubles({ stackStatus, hasBucket: async () => true, hasDatabase: async () => true })).toEqual(
    [],
  );
});

test('missing service-linked roles and a tight concurrency are told, and do not stop', async () => {
  expect(await troubles({ hasRole: async () => false, concurrency: async () => 120 })).toMatchObject([
    { check: 'Lambda concurrency', result: 'note' },
    {
      check: 'service-linked roles',
      result: 'note',
      todo: expect.stringContaining('iam:CreateServiceLinkedRole'),
    },
  ]);
});

test('a check that may not ask says so and does not stop', async () => {
  const concurrency = () =>
    Promise.reject(new Error('User is not authorized to perform lambda:GetAccountSettings'));
  expect(await troubles({ concurrency })).toMatchObject([
    { result: 'note', found: expect.stringContaining('lambda:GetAccountSettings') },
  ]);
});

test('the findings are shown with a mark each, and what to do beneath', async () => {
  const text = renderFindings(await check({ canApiLog: async () => false, hasRole: async () => false }));
  expect(text).toContain('✓ zones                 use1-az1, use1-az2, use1-az4');
  expect(text).toMatch(/✗ API logs.+\n {4}Once for each account and region: aws cloudformation deploy/);
  expect(text).toMatch(/! service-linked roles/);
});
