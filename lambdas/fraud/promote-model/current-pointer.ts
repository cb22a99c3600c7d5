import {
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { Ports } from './promote-model.ts';

/** What S3 answers when the object is not the one it should be, or is being written by another. */
const movedMeanwhile = new Set([404, 409, 412]);

/** The object that says which model is in use. One put replaces it, so that readers see the one or the other. */
export function currentPointer(s3: S3Client, bucket: string): Ports {
  const object = { Bucket: bucket, Key: 'models/fraud/current' };
  return {
    async moveCurrent(version, eTag) {
      const condition = eTag === null ? { IfNoneMatch: '*' } : { IfMatch: eTag };
      try {
        await s3.send(new PutObjectCommand({ ...object, ...condition, Body: JSON.stringify({ version }) }));
        return true;
      } catch (cause) {
        if (cause instanceof S3ServiceException && movedMeanwhile.has(cause.$metadata.httpStatusCode ?? 0))
          return false;
        throw new Error(`Putting s3://${bucket}/${object.Key} failed`, { cause });
      }
    },

    async currentVersion() {
      try {
        const { Body } = await s3.send(new GetObjectCommand(object));
        const { version } = Object(JSON.parse((await Body?.transformToString()) ?? '')) as {
          version?: unknown;
        };
        return typeof version === 'string' ? version : undefined;
      } catch (cause) {
        if (cause instanceof NoSuchKey) return undefined;
        throw new Error(`Reading s3://${bucket}/${object.Key} failed`, { cause });
      }
    },
  };
}
