import { PutObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { openBucket } from '../../shared/aws/bucket.ts';
import { challengerModelKey, currentModelKey, pointerTo, versionFrom } from '../shared/model-version.ts';
import type { Ports } from './promote-model.ts';

/** Statuses of a conditional put when the object is gone, is being written, or has another ETag. */
const conditionFailed = new Set([404, 409, 412]);

/**
 * The objects that name the model in use and the challenger. A put replaces one whole, so readers see the old
 * name or the new one.
 */
export function modelPointers(s3: S3Client, bucket: string, lake = openBucket(bucket)): Ports {
  return {
    async currentVersion() {
      const pointer = await lake.find(currentModelKey);
      return pointer && versionFrom(pointer.text, currentModelKey);
    },

    nameChallenger: (version) =>
      version === undefined
        ? lake.remove([challengerModelKey])
        : lake.put(challengerModelKey, pointerTo(version)),

    async moveCurrent(version, eTag, before) {
      const condition = eTag === null ? { IfNoneMatch: '*' } : { IfMatch: eTag };
      const object = { Bucket: bucket, Key: currentModelKey, Body: pointerTo(version, before) };
      try {
        await s3.send(new PutObjectCommand({ ...object, ...condition }));
        return true;
      } catch (cause) {
        if (cause instanceof S3ServiceException && conditionFailed.has(cause.$metadata.httpStatusCode ?? 0))
          return false;
        throw new Error(`Writing s3://${bucket}/${currentModelKey} failed`, { cause });
      }
    },
  };
}
