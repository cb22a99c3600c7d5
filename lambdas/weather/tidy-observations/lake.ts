import { randomUUID } from 'node:crypto';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { chunksOf } from '../../shared/aws/chunks.ts';
import { nameOfPartition } from '../../shared/exactly-once/landed-objects.ts';
import { landedPrefix, parseObjectKey } from '../land-observations/object-key.ts';
import { encodeParquet, mergedMark } from '../land-observations/parquet.ts';
import { readLandedRows } from '../land-observations/read-parquet.ts';
import type { Ports } from './compact-date.ts';
import type { StoredObject } from './plan-merges.ts';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysPerRequest = 1_000;

/** The landed objects of a bucket. */
export const landedLake = (
  s3: S3Client,
  Bucket: string,
): Pick<Ports, 'list' | 'read' | 'replace' | 'remove'> => ({
  async list(date) {
    const objects: StoredObject[] = [];
    const Prefix = `${landedPrefix}ingest_date=${date}/`;
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
      for (const { Key = '', Size = 0, LastModified } of Contents) {
        const parts = parseObjectKey(Key);
        if (parts && LastModified)
          objects.push({
            key: Key,
            partition: nameOfPartition(parts),
            offset: parts.offset,
            bytes: Size,
            storedAtMs: LastModified.getTime(),
          });
      }
    return objects;
  },

  async read(key) {
    try {
      const { Body, ETag = '' } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
      const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
      return { rows: await readLandedRows(bytes), eTag: ETag };
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw new Error(`Reading s3://${Bucket}/${key} failed`, { cause });
    }
  },

  async replace({ key, eTag }, rows) {
    const Body = encodeParquet(rows, `${mergedMark} ${randomUUID()}`);
    const ContentType = 'application/vnd.apache.parquet';
    try {
      await s3.send(new PutObjectCommand({ Bucket, Key: key, Body, ContentType, IfMatch: eTag }));
    } catch (cause) {
      throw new Error(`Replacing s3://${Bucket}/${key} (${eTag}) failed`, { cause });
    }
  },

  async remove(objects) {
    for (const chunk of chunksOf(objects, keysPerRequest)) {
      const Objects = chunk.map(({ key, eTag }) => ({ Key: key, ETag: eTag }));
      const { Errors: [error] = [] } = await s3.send(
        new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
      );
      if (error) throw new Error(`Removing s3://${Bucket}/${error.Key} failed: ${error.Message}`);
    }
  },
});
