import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from '@jest/globals';
import { required } from './test-database.ts';

/**
 * A bucket of its own for one test file, at a real endpoint; the code under test finds it by the same
 * environment.
 */
export function testBucket() {
  const bucket = `test-${randomUUID()}`;
  let client: S3Client;

  beforeAll(async () => {
    const settings = { AWS_ENDPOINT_URL: required('ISOBAR_TEST_AWS_ENDPOINT_URL'), AWS_REGION: 'us-east-1' };
    Object.assign(process.env, settings, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' });
    client = new S3Client();
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  afterAll(() => client.destroy());

  return {
    bucket,
    client: () => client,
    put: async (key: string, body: string | Buffer) => {
      const { ETag = '' } = await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      return ETag;
    },
    read: async (key: string) => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body?.transformToString();
    },
  };
}
