import { DeleteObjectsCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import {
  errorLinesPrefix,
  parseObjectKey as parseErrorKey,
} from '../../lambdas/errors/record-errors/error-lines.ts';
import { chunksOf } from '../../lambdas/shared/aws/chunks.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import {
  landedPrefix,
  parseObjectKey as parseLandedKey,
} from '../../lambdas/weather/land-observations/object-key.ts';
import { landedLake } from '../../lambdas/weather/tidy-observations/lake.ts';
import { unusedDates } from '../../lambdas/weather/tidy-observations/unused-dates.ts';
import type { BatchObject } from './plan.ts';

/** What is at a prefix: objects of batches, by the consumer that writes them. */
interface Archive {
  readonly group: string;
  readonly prefix: string;
  readonly parse: typeof parseLandedKey;
}

export const archives: readonly Archive[] = [
  { group: 'land-observations', prefix: landedPrefix, parse: parseLandedKey },
  { group: 'record-errors', prefix: errorLinesPrefix, parse: parseErrorKey },
];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysPerRequest = 1_000;

/** All objects of an archive. */
export async function listObjects(s3: S3Client, Bucket: string, { prefix, parse }: Archive) {
  const objects: BatchObject[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: prefix }))
    for (const { Key = '', ETag = '', LastModified } of Contents) {
      const parts = parse(Key);
      if (parts) objects.push({ key: Key, eTag: ETag, ...parts, storedAtMs: LastModified?.getTime() ?? 0 });
    }
  return objects;
}

export async function removeObjects(
  s3: S3Client,
  Bucket: string,
  objects: readonly BatchObject[],
): Promise<void> {
  for (const chunk of chunksOf(objects, keysPerRequest)) {
    const Objects = chunk.map(({ key }) => ({ Key: key }));
    const { Errors: [error] = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    if (error) throw new Error(`Removing s3://${Bucket}/${error.Key} failed: ${error.Message}`);
  }
}

/** Counts the rows of an object from an offset on: a merged object may begin before and end after it. */
export async function countRowsFrom(
  s3: S3Client,
  bucket: string,
  { key }: BatchObject,
  offset: number,
): Promise<number> {
  const object = await landedLake(s3, bucket).read(key);
  return (object?.rows ?? []).filter(({ record }) => record.offset >= offset).length;
}

/**
 * Leaves only the rows below an offset in a merged object. It holds the lock of the date, so that nobody
 * merges the object meanwhile.
 */
export async function cutObject(
  s3: S3Client,
  bucket: string,
  database: Database,
  { key, date, offset: at }: { key: string; date: string; offset: number },
): Promise<void> {
  const lake = landedLake(s3, bucket);
  const isCut = await unusedDates(database).whileUnused(date, async (confirmLock) => {
    const object = await lake.read(key);
    if (!object) throw new Error(`${key} is gone since it was examined. Run it again.`);
    const rows = object.rows.filter(({ record }) => record.offset < at);
    await confirmLock();
    if (rows.length < object.rows.length) await lake.replace({ key, eTag: object.eTag }, rows);
    return true;
  });
  if (!isCut) throw new Error(`The objects of ${date} are being merged. Run it again in a minute.`);
}
