import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { allOfType, resourcesOf, resourcesOfType, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const { Storage: storage } = templates;
if (storage === undefined) throw new Error('The app has no storage stack.');

const [bucket] = resourcesOfType(storage, 'AWS::S3::Bucket');
const [database] = resourcesOfType(storage, 'AWS::RDS::DBInstance');

interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: { readonly StringLike?: { readonly 's3:prefix'?: string } };
}

/** Kept, except when the creation of its stack fails: then it would block the next. */
const kept = { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' };

test('the lake is closed to the public, encrypted, versioned, and kept when its stack is deleted', () => {
  expect(bucket).toMatchObject(kept);
  expect(bucket?.Properties).toMatchObject({
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
    VersioningConfiguration: { Status: 'Enabled' },
  });
});

test.each([
  ['without TLS', { Bool: { 'aws:SecureTransport': 'false' } }],
  ['with a TLS older than 1.2', { NumericLessThan: { 's3:TlsVersion': 1.2 } }],
])('the lake refuses connections %s', (_, Condition) => {
  const [policy] = resourcesOfType(storage, 'AWS::S3::BucketPolicy');
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({ Effect: 'Deny', Action: 's3:*', Principal: { AWS: '*' }, Condition }),
  );
});

test('the lake deletes only dropped files, failed batches, query results and training rows, and cools old rows', () => {
  const rules: Record<string, unknown>[] = bucket?.Properties.LifecycleConfiguration.Rules;
  const deleting = rules.filter((rule) => 'ExpirationInDays' in rule);
  expect(deleting.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
    ['incoming/', 90],
    ['aws/lambda/', 90],
    ['athena/results/', 30],
    ['models/fraud/training/', 90],
  ]);
  const others = rules
    .filter((rule) => !deleting.includes(rule))
    .map(({ Id: _, Status, ...rule }) => ({ Status, rule }));
  const cooling = (Prefix: string, TransitionInDays: number) => ({
    Status: 'Enabled',
    rule: { Prefix, Transitions: [{ StorageClass: 'STANDARD_IA', TransitionInDays }] },
  });
  expect(others).toEqual([
    cooling('raw/observations/', 60),
    cooling('curated/observations/', 180),
    {
      Status: 'Enabled',
      rule: { NoncurrentVersionExpiration: { NoncurrentDays: 30 }, ExpiredObjectDeleteMarker: true },
    },
    { Status: 'Enabled', rule: { AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } } },
  ]);
});

test('a function lists only below the prefixes that it reads; Glue and Lambda look at more of the bucket', () => {
  const listing = allOfType(templates, 'AWS::IAM::Policy').flatMap(({ id, Properties }) => {
    const statements: Statement[] = Properties.PolicyDocument.Statement;
    return statements
      .filter(({ Action }) => [Action].flat().includes('s3:ListBucket'))
      .map(({ Condition }) => ({
        role: id.replace(/Role(DefaultPolicy)?[0-9A-F]*$/, ''),
        prefix: Condition?.StringLike?.['s3:prefix'],
        readable: statements
          .filter(({ Action }) => [Action].flat().some((action) => /^s3:\w+Object$/.test(action)))
          .flatMap(({ Resource }) => [Resource].flat().map(text)),
      }));
  });
  expect(listing.filter(({ prefix }) => prefix === undefined).map(({ role }) => role)).toEqual([
    // Lambda puts batches that fail into the bucket for these.
    ...[
      'LandObservationsFunction',
      'WatchWeatherFunction',
      'RetryObservationsFunction',
      'RecordErrorsFunction',
    ],
    'MonitorMonitorTransactionsFunction',
    ...['RetrainingTrainFraudModel', 'DailyDailySummary'],
  ]);
  const narrowed = listing.filter(({ prefix }) => prefix !== undefined);
  expect(narrowed.length).toBeGreaterThan(10);
  for (const { role, prefix, readable } of narrowed)
    expect([role, readable.map((each) => each.split('>/')[1])]).toEqual([
      role,
      expect.arrayContaining([prefix]),
    ]);
});

test('S3 announces what is dropped under each prefix to a queue of its own, whatever the suffix', () => {
  const announced = bucket?.Properties.NotificationConfiguration.QueueConfigurations.map(
    ({ Event, Filter, Queue }: { Event: string; Filter: { S3Key: { Rules: unknown } }; Queue: unknown }) => [
      Event,
      Filter.S3Key.Rules,
      text(Queue),
    ],
  );
  const created = 's3:ObjectCreated:*';
  const prefix = (Value: string) => [{ Name: 'prefix', Value }];
  expect(announced).toEqual([
    [created, prefix('incoming/observations/'), expect.stringMatching(/^<IncomingFilesQueue\w+\.Arn>$/)],
    [created, prefix('incoming/labels/'), expect.stringMatching(/^<IncomingLabelsQueue\w+\.Arn>$/)],
    [created, prefix('aws/lambda/'), expect.stringMatching(/^<FailedBatchesQueue\w+\.Arn>$/)],
  ]);
});

test.each(['IncomingFiles', 'IncomingLabels', 'FailedBatches'])(
  'only the lake of this account may send to %s, and it may from the moment it exists',
  (queue) => {
    const [policyId, policy] =
      Object.entries(resourcesOf(storage)).find(([id]) => id.startsWith(`${queue}QueuePolicy`)) ?? [];
    expect(bucket?.DependsOn).toContain(policyId);
    const sending = policy?.Properties.PolicyDocument.Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    );
    expect(sending).toEqual([
      expect.objectContaining({
        Action: 'sqs:SendMessage',
        Principal: { Service: 's3.amazonaws.com' },
        Condition: {
          ArnEquals: { 'aws:SourceArn': expect.anything() },
          StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
        },
      }),
    ]);
    expect(text(sending[0].Condition.ArnEquals)).toBe(
      'aws:SourceArn: arn:<Partition>:s3:::isobar-prod-lake-<AccountId>-us-east-1',
    );
  },
);

test('the database is encrypted, requires TLS, spans two zones, has backups of 14 days, and is kept', () => {
  expect(database).toMatchObject(kept);
  expect(database?.Properties).toMatchObject({
    StorageEncrypted: true,
    MultiAZ: true,
    BackupRetentionPeriod: 14,
    DeletionProtection: true,
  });
  const [parameters] = resourcesOfType(storage, 'AWS::RDS::DBParameterGroup');
  expect(parameters?.Properties.Parameters).toEqual({ 'rds.force_ssl': '1' });
});

test('events of the database are sent once it exists: RDS takes no subscription to an unknown instance', () => {
  const [events] = resourcesOfType(storage, 'AWS::RDS::EventSubscription');
  expect(events?.Properties.SourceIds).toEqual([database?.Properties.DBInstanceIdentifier]);
  expect(events?.Properties.EventCategories).toContain('failover');
  expect(text(events?.Properties.SnsTopicArn)).toMatch(/:isobar-prod-alarms$/);
  const [instanceId] = Object.entries(resourcesOf(storage)).find(([, each]) => each === database) ?? [];
  expect(events?.DependsOn).toContain(instanceId);
});

test('the database is in the isolated subnets and its own security group, without a public address', () => {
  expect(database?.Properties.PubliclyAccessible).toBe(false);
  expect(database?.Properties.VPCSecurityGroups.map(text)).toEqual([
    expect.stringMatching(/^<Network\.Database\w+\.GroupId>$/),
  ]);
  const [subnets] = resourcesOfType(storage, 'AWS::RDS::DBSubnetGroup');
  expect(text(database?.Properties.DBSubnetGroupName)).toMatch(/^<DatabaseSubnets\w+>$/);
  expect(subnets?.Properties.SubnetIds.map(text)).toEqual(
    [1, 2, 3].map((zone) => expect.stringContaining(`<Network.VpcIsolatedSubnet${zone}Subnet`)),
  );
});

test('the database is Postgres 18, as in the tests, and AWS replaces its minor version', () => {
  expect(database?.Properties).toMatchObject({
    Engine: 'postgres',
    EngineVersion: '18',
    AutoMinorVersionUpgrade: true,
  });
});

test('the password is kept with the database', () => {
  const [master] = resourcesOfType(storage, 'AWS::SecretsManager::Secret');
  expect(master).toMatchObject({ ...kept, Properties: { Name: 'isobar/prod/database' } });
});

test('the database is watched by Database Insights, and its logs go to groups that expire and stay with it', () => {
  expect(database?.Properties).toMatchObject({
    DatabaseInsightsMode: 'standard',
    EnablePerformanceInsights: true,
    EnableCloudwatchLogsExports: ['postgresql', 'upgrade'],
  });
  // RDS would bring back a deleted one, without a retention.
  for (const group of resourcesOfType(storage, 'AWS::Logs::LogGroup')) expect(group).toMatchObject(kept);
  const groups = resourcesOfType(storage, 'AWS::Logs::LogGroup').map(({ Properties }) => [
    Properties.LogGroupName,
    Properties.RetentionInDays,
  ]);
  expect(groups).toEqual([
    ['/aws/rds/instance/isobar-prod/postgresql', 90],
    ['/aws/rds/instance/isobar-prod/upgrade', 90],
  ]);
});

test('the passwords of the master user and of each role are generated by Secrets Manager', () => {
  expect(JSON.stringify(database?.Properties.MasterUserPassword)).toContain('resolve:secretsmanager');
  const secrets = resourcesOfType(storage, 'AWS::SecretsManager::Secret');
  expect(secrets.map(({ Properties }) => Properties.Name)).toEqual(
    ['', '/weather', '/fraud', '/metrics', '/reader', '/migrator'].map(
      (role) => `isobar/prod/database${role}`,
    ),
  );
  for (const { Properties } of secrets) {
    expect(Properties.SecretString).toBeUndefined();
    expect(Properties.GenerateSecretString.PasswordLength).toBeGreaterThanOrEqual(30);
  }
});
