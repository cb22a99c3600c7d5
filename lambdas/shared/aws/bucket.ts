import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { chunksOf } from './chunks.ts';
import { remember } from './remember.ts';

interface StoredText {
  readonly text: string;
  readonly eTag: string;
}

export interface Bucket {
  /** The `s3://` location of a key. */
  locationOf(key: string): string;
  /** The content of an object as text; undefined when there is no such object. */
  find(key: string): Promise<StoredText | undefined>;
  /** The content of an object as text. Throws when there is no such object. */
  read(key: string): Promise<string>;
  put(key: string, text: string): Promise<void>;
  /** Removes objects. A key without an object is not an error. */
  remove(keys: readonly string[]): Promise<void>;
}

export interface BucketOptions {
  /** For a client of its own; by default all buckets share one. */
  readonly client?: S3ClientConfig;
  /** A larger object is not read. */
  readonly maxBytes?: number;
}

/**
 * Objects of an S3 bucket. Each error names the object. The SDK loads at the first call, and not at a cold
 * start: it takes longer than the rest of a function.
 */
export function openBucket(bucket: string, { client, maxBytes }: BucketOptions = {}): Bucket {
  const connection = client ? connect(client) : shared;
  const locationOf = (key: string) => `s3://${bucket}/${key}`;

  const find = async (key: string): Promise<StoredText | undefined> => {
    const { s3, GetObjectCommand, NoSuchKey } = await connection.get();
    try {
      const {
        Body,
        ContentLength = 0,
        ETag = '',
      } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (maxBytes !== undefined && ContentLength > maxBytes)
        throw new Error(`found ${ContentLength} bytes, expected at most ${maxBytes}`);
      return { text: (await Body?.transformToString()) ?? '', eTag: ETag };
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      throw new Error(`Reading ${locationOf(key)} failed`, { cause });
    }
  };

  return {
    locationOf,
    find,
    async read(key) {
      const found = await find(key);
      if (!found) throw new Error(`Reading ${locationOf(key)} failed: there is no such object`);
      return found.text;
    },
    async put(key, text) {
      const { s3, PutObjectCommand } = await connection.get();
      try {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: text }));
      } catch (cause) {
        throw new Error(`Putting ${locationOf(key)} failed`, { cause });
      }
    },
    async remove(keys) {
      const { s3, DeleteObjectsCommand } = await connection.get();
      for (const chunk of chunksOf(keys, keysPerRequest)) {
        const Objects = chunk.map((Key) => ({ Key }));
        const request = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
        const { Errors: [error] = [] } = await s3.send(request);
        if (error) throw new Error(`Removing ${locationOf(error.Key ?? '')} failed: ${error.Message}`);
      }
    },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const keysPerRequest = 1_000;

const connect = (config: S3ClientConfig) =>
  remember(async () => {
    const { DeleteObjectsCommand, GetObjectCommand, NoSuchKey, PutObjectCommand, S3Client } = await import(
      '@aws-sdk/client-s3'
    );
    return {
      s3: new S3Client(config),
      DeleteObjectsCommand,
      GetObjectCommand,
      NoSuchKey,
      PutObjectCommand,
    };
  });

const shared = connect({});
