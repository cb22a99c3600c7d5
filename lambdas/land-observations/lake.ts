import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';

export interface Lake {
  /**
   * Stores an object, or replaces what an attempt before this one left under its key. `confirmLock` must throw when the
   * ledger's lock is no longer held: whoever has it now may have written the object anew.
   */
  put(key: string, body: Uint8Array, confirmLock: () => Promise<unknown>): Promise<void>;
  close(): void;
}

export function openLake({ bucket }: { bucket: string }): Lake {
  let client: S3Client | undefined;

  const write = async (key: string, body: Uint8Array, condition: Partial<PutObjectCommandInput>) => {
    const { PutObjectCommand, S3Client, S3ServiceException } = await loadSdk();
    client ??= new S3Client();
    const input = { Bucket: bucket, Key: key, Body: body, ContentType: 'application/vnd.apache.parquet' };
    try {
      await client.send(new PutObjectCommand({ ...input, ...condition }));
      return true;
    } catch (cause) {
      if (cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 412) return false;
      throw new Error(`Putting s3://${bucket}/${key} failed`, { cause });
    }
  };

  const readETag = async (key: string) => {
    const { HeadObjectCommand, S3Client } = await loadSdk();
    client ??= new S3Client();
    const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return ETag;
  };

  return {
    async put(key, body, confirmLock) {
      if (await write(key, body, { IfNoneMatch: '*' })) return;
      const orphan = await readETag(key);
      // With the lock still held after the look, what was seen is an orphan; should a successor write from here on, its
      // ETag differs and the put fails.
      await confirmLock();
      if (await write(key, body, { IfMatch: orphan })) return;
      throw new Error(`s3://${bucket}/${key} was written by another function meanwhile`);
    },
    close: () => client?.destroy(),
  };
}

/** Not part of the cold start: the SDK takes longer to load than all the rest of the function. */
const loadSdk = () => import('@aws-sdk/client-s3');
