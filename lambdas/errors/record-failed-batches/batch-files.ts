import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import type { FileNotice } from '../../shared/incoming/file-notices.ts';

/** The text of what Lambda handed in; undefined when it has been deleted since. */
export async function readBatch(s3: S3Client, { bucket, key }: FileNotice): Promise<string | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return await Body?.transformToString();
  } catch (cause) {
    if (cause instanceof NoSuchKey) return undefined;
    throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
  }
}
