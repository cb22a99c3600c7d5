import type { S3Client } from '@aws-sdk/client-s3';

/** Reads JSON objects of the lake. */
export function openLake(bucket: string) {
  let client: S3Client | undefined;
  return async (key: string): Promise<unknown> => {
    const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client();
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return JSON.parse((await Body?.transformToString()) ?? '');
    } catch (cause) {
      throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
    }
  };
}
