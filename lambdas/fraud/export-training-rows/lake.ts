import type { S3Client } from '@aws-sdk/client-s3';
import type { Ports } from './export-training-rows.ts';

/** Writes lines of JSON to the lake. */
export function openLake(bucket: string): Pick<Ports, 'putLines' | 'locationOf'> {
  let client: S3Client | undefined;
  const locationOf = (key: string) => `s3://${bucket}/${key}`;
  return {
    locationOf,
    async putLines(key, lines) {
      const { PutObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
      client ??= new S3Client();
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: lines.join('\n') }));
      } catch (cause) {
        throw new Error(`Putting ${locationOf(key)} failed`, { cause });
      }
    },
  };
}
