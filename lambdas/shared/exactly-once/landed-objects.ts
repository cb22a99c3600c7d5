import { randomUUID } from 'node:crypto';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import type { KafkaRecord } from '../kafka/kafka-event.ts';
import { idleInTransactionMs } from '../postgres/database.ts';

/**
 * Makes the bytes of an object, with this mark of the attempt among them. An ETag is a hash of the bytes: without the mark, two
 * attempts with the same rows would have the same, and a zombie could not tell its successor's object from the orphan it saw.
 */
export type Encode = (mark: string) => Uint8Array;

export interface LandedObjects {
  /**
   * Stores an object, or replaces what an attempt before this one left under its key. `confirmLock` must throw when the
   * ledger's lock is no longer held: whoever has it now may have written the object anew.
   */
  put(key: string, encode: Encode, confirmLock: () => Promise<unknown>): Promise<void>;
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
  stallMs = defaultStallMs,
}: {
  readonly bucket: string;
  readonly contentType: string;
  /** How long S3 may take between two statements. */
  readonly stallMs?: number;
}): LandedObjects {
  let client: S3Client | undefined;

  const write = async (
    { key, body, condition }: { key: string; body: Uint8Array; condition: Partial<PutObjectCommandInput> },
    abortSignal: AbortSignal,
  ) => {
    const { PutObjectCommand, S3Client, S3ServiceException } = await loadSdk();
    client ??= new S3Client();
    const input = { Bucket: bucket, Key: key, Body: body, ContentType: contentType };
    try {
      await client.send(new PutObjectCommand({ ...input, ...condition }), { abortSignal });
      return true;
    } catch (cause) {
      if (cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 412) return false;
      throw new Error(`Putting s3://${bucket}/${key} failed`, { cause });
    }
  };

  const readETag = async (key: string, abortSignal: AbortSignal) => {
    const { HeadObjectCommand, S3Client } = await loadSdk();
    client ??= new S3Client();
    const { ETag } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return ETag;
  };

  return {
    async put(key, encode, confirmLock) {
      const body = encode(randomUUID());
      const first = AbortSignal.timeout(stallMs);
      if (await write({ key, body, condition: { IfNoneMatch: '*' } }, first)) return;
      const orphan = await readETag(key, first);
      // With the lock still held after the look, what was seen is an orphan; should a successor write from here on, its
      // ETag differs and the put fails.
      await confirmLock();
      if (await write({ key, body, condition: { IfMatch: orphan } }, AbortSignal.timeout(stallMs))) return;
      throw new Error(`s3://${bucket}/${key} was written by another function meanwhile`);
    },
    close: () => client?.destroy(),
  };
}

/** All tries together: a put that is given up later than the session ends could only be in vain. */
const defaultStallMs = idleInTransactionMs * (2 / 3);

/** Not part of the cold start: the SDK takes longer to load than all the rest of the function. */
const loadSdk = () => import('@aws-sdk/client-s3');
