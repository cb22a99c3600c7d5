import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { KafkaRecord } from './kafka-event.ts';

export interface LandedObjects {
  /**
   * Stores an object, or replaces what an attempt before this one left under its key. `confirmLock` must throw when the
   * ledger's lock is no longer held: whoever has it now may have written the object anew.
   */
  put(key: string, body: Uint8Array, confirmLock: () => Promise<unknown>): Promise<void>;
  close(): void;
}

/**
 * The key of an object depends on nothing but the first record in it. No batch, however it is cut, moves the ledger past that
 * record without writing this key, so all attempts meet there, whatever else they hold.
 * 20 digits keep the order of offsets in the order of names. `prefix` ends with the name of the date that stands in the key.
 */
export function keyOfBatch(
  prefix: string,
  { partition, offset, timestampMs }: Pick<KafkaRecord, 'partition' | 'offset' | 'timestampMs'>,
  ending: string,
): string {
  const name = `p${String(partition).padStart(2, '0')}-${String(offset).padStart(20, '0')}`;
  return `${prefix}=${dateOf(timestampMs)}/${name}.${ending}`;
}

export const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** For objects of one kind: what a batch of records becomes in the bucket, under the ledger. */
export function openLandedObjects({
  bucket,
  contentType,
}: {
  readonly bucket: string;
  readonly contentType: string;
}): LandedObjects {
  let client: S3Client | undefined;

  const write = async (key: string, body: Uint8Array, condition: Partial<PutObjectCommandInput>) => {
    const { PutObjectCommand, S3Client, S3ServiceException } = await loadSdk();
    client ??= new S3Client();
    const input = { Bucket: bucket, Key: key, Body: body, ContentType: contentType };
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
