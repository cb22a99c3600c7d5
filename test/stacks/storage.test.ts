import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { resourcesOf, resourcesOfType, templatesOf } from './synthesized.ts';

const { Storage: storage } = templatesOf(stages.prod);
if (storage === undefined) throw new Error('The app has no storage stack.');

const [bucket] = resourcesOfType(storage, 'AWS::S3::Bucket');
const [database] = resourcesOfType(storage, 'AWS::RDS::DBInstance');

test('the lake is closed to the public, encrypted, and kept when its stack is deleted', () => {
  expect(bucket?.DeletionPolicy).toBe('Retain');
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
  });
});

test('the lake refuses connections without TLS', () => {
  const [policy] = resourcesOfType(storage, 'AWS::S3::BucketPolicy');
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Effect: 'Deny',
      Action: 's3:*',
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    }),
  );
});

test('a file dropped under incoming/observations/ is announced whatever its suffix', () => {
  const [announcement] = bucket?.Properties.NotificationConfiguration.QueueConfigurations ?? [];
  expect(announcement.Event).toBe('s3:ObjectCreated:*');
  expect(announcement.Filter.S3Key.Rules).toEqual([{ Name: 'prefix', Value: 'incoming/observations/' }]);
});

test('only this bucket of this account may announce, and it may from the moment it exists', () => {
  const [policyId, policy] =
    Object.entries(resourcesOf(storage)).find(([id]) => id.startsWith('IncomingFilesQueuePolicy')) ?? [];
  expect(bucket?.DependsOn).toContain(policyId);
  expect(policy?.Properties.PolicyDocument.Statement).toContainEqual(
    expect.objectContaining({
      Principal: { Service: 's3.amazonaws.com' },
      Condition: {
        ArnEquals: { 'aws:SourceArn': expect.anything() },
        StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
      },
    }),
  );
});

test("observations and labels are announced to queues of their own, so that neither function takes the other's files", () => {
  const queueOf = (prefix: string) =>
    bucket?.Properties.NotificationConfiguration.QueueConfigurations.find(
      (each: { Filter: { S3Key: { Rules: { Value: string }[] } } }) =>
        each.Filter.S3Key.Rules[0]?.Value === prefix,
    )?.Queue['Fn::GetAtt'][0];
  expect(queueOf('incoming/observations/')).toMatch(/^IncomingFilesQueue/);
  expect(queueOf('incoming/labels/')).toMatch(/^IncomingLabelsQueue/);
});

test.each(['incoming-files', 'incoming-labels'])(
  'a file of %s outlasts an outage of eight hours, and then ends in the dead letter queue',
  (name) => {
    const queues = resourcesOfType(storage, 'AWS::SQS::Queue');
    const incoming = queues.find(({ Properties }) => Properties.QueueName === `isobar-prod-${name}`);
    // 5, 10, … 160 s, then 300 s each.
    const waitsS = 315 + (incoming?.Properties.RedrivePolicy.maxReceiveCount - 6) * 300;
    expect(waitsS).toBeGreaterThan(7.9 * 3_600);
    expect(waitsS).toBeLessThan(8.1 * 3_600);
  },
);

test('the database is private, encrypted, TLS only, in two zones, backed up for two weeks, and kept', () => {
  expect(database?.DeletionPolicy).toBe('Retain');
  expect(database?.Properties).toMatchObject({
    PubliclyAccessible: false,
    StorageEncrypted: true,
    MultiAZ: true,
    BackupRetentionPeriod: 14,
    DeletionProtection: true,
  });
  const [parameters] = resourcesOfType(storage, 'AWS::RDS::DBParameterGroup');
  expect(parameters?.Properties.Parameters).toEqual({ 'rds.force_ssl': '1' });
});

test('nobody has chosen the password of the database', () => {
  expect(JSON.stringify(database?.Properties.MasterUserPassword)).toContain('resolve:secretsmanager');
});

test('a batch that no attempt could process is announced, as a dropped file is', () => {
  const [bucket] = resourcesOfType(storage, 'AWS::S3::Bucket');
  const prefixes = bucket?.Properties.NotificationConfiguration.QueueConfigurations.map(
    (each: { Filter: { S3Key: { Rules: { Value: string }[] } } }) => each.Filter.S3Key.Rules[0]?.Value,
  );
  expect(prefixes).toEqual(['incoming/observations/', 'incoming/labels/', 'aws/lambda/']);
});
