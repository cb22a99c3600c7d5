import { randomUUID } from 'node:crypto';
import type { PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3';
import { remember } from '../aws/remember.ts';
import type { KafkaRecord } from '../kafka/kafka-event.ts';
import { readGeneration } from '../kafka/topic-generations.ts';
import { idleInTransactionMs } from '../postgres/database.ts';

/**
 * Encodes an object, with a mark of the attempt in it. An ETag is a hash of the bytes. Without the mark, two
 * attempts with the same rows have the same ETag, and a zombie cannot tell its successor's object from the
 * orphan that it saw.
 */
export type Encode = (mark: string) => Uint8Array;

export interface LandedObjects {
  /**
   * Stores an object, or replaces the orphan that an earlier attempt left under its key. `confirmLock` must
   * throw when this function has lost the ledger's lock, because the new holder may have written the object
   * again.
   */
  put(key: string, encode: Encode, confirmLock: () => Promise<unknown>): Promise<void>;
  close(): void;
}

/**
 * The key of an object depends only on its first record. No batch moves the ledger past that record without
 * writing this key, so all attempts write the same key, wherever their batches end. With 20 digits, names
 * sort like offsets. Later generations of a topic write keys of their own: `g1-p03-…`.
 *
 * @param prefix ends with the name of the key's date, such as `raw/observations/ingest_date`
 */
export function keyOfBatch(
  prefix: string,
  {
    topic,
    partition,
    offset,
    timestampMs,
  }: Pick<KafkaRecord, 'topic' | 'partition' | 'offset' | 'timestampMs'>,
  ending: string,
): string {
  const name = `${nameOfPartition({ ...readGeneration(topic), partition })}-${String(offset).padStart(20, '0')}`;
  return `${prefix}=${dateOf(timestampMs)}/${name}.${ending}`;
}

/** What the keys of all objects of a partition begin with, such as `p03` and `g1-p03`. */
export const nameOfPartition = ({
  generation,
  partition,
}: {
  readonly generation: number;
  readonly partition: number;
}): string => `${generation === 0 ? '' : `g${generation}-`}p${String(partition).padStart(2, '0')}`;

interface PartsOfKey {
  readonly date: string;
  readonly generation: number;
  readonly partition: number;
  readonly offset: number;
}

/** The parts of a key; undefined for a key that `keyOfBatch` does not make. */
export function parseKeyOfBatch(prefix: string, key: string, ending: string): PartsOfKey | undefined {
  if (!key.startsWith(`${prefix}=`) || !key.endsWith(`.${ending}`)) return undefined;
  const rest = key.slice(prefix.length + 1, -ending.length - 1);
  const match = /^(\d{4}-\d\d-\d\d)\/(?:g([1-9]\d*)-)?p(\d\d+)-(\d{20})$/.exec(rest);
  const [, date, generation = '0', partition, offset] = match ?? [];
  if (date === undefined) return undefined;
  return { date, generation: Number(generation), partition: Number(partition), offset: Number(offset) };
}

export const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Writes the objects of one consumer, one per partition and batch, while the ledger is locked. */
export function openLandedObjects({
  bucket,
  contentType,
  stallMs = defaultStallMs,
}: {
  readonly bucket: string;
  readonly contentType: string;
  /** How long the requests to S3 between two SQL statements may take together. */
  readonly stallMs?: number;
}): LandedObjects {
  let client: S3Client | undefined;
  // The SDK loads at the first call: it takes longer to load than the rest of the function together.
  const connection = remember(async () => {
    const { HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } = await import(
      '@aws-sdk/client-s3'
    );
    client = new S3Client();
    return { s3: client, HeadObjectCommand, PutObjectCommand, S3ServiceException };
  });

  const write = async (
    { key, body, condition }: { key: string; body: Uint8Array; condition: Partial<PutObjectCommandInput> },
    abortSignal: AbortSignal,
  ) => {
    const { s3, PutObjectCommand, S3ServiceException } = await connection.get();
    const input = { Bucket: bucket, Key: key, Body: body, ContentType: contentType };
    try {
      await s3.send(new PutObjectCommand({ ...input, ...condition }), { abortSignal });
      return true;
    } catch (cause) {
      if (cause instanceof S3ServiceException && cause.$metadata.httpStatusCode === 412) return false;
      throw new Error(`Putting s3://${bucket}/${key} failed`, { cause });
    }
  };

  const readETag = async (key: string, abortSignal: AbortSignal) => {
    const { s3, HeadObjectCommand } = await connection.get();
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), { abortSignal });
    return ETag;
  };

  return {
    async put(key, encode, confirmLock) {
      const body = encode(randomUUID());
      const first = AbortSignal.timeout(stallMs);
      if (await write({ key, body, condition: { IfNoneMatch: '*' } }, first)) return;
      const orphan = await readETag(key, first);
      // If the lock is still held after the read, the object was an orphan. If a successor writes after that,
      // the ETag differs, and the put fails.
      await confirmLock();
      if (await write({ key, body, condition: { IfMatch: orphan } }, AbortSignal.timeout(stallMs))) return;
      throw new Error(
        `s3://${bucket}/${key} was written by another function meanwhile: Lambda will retry the batch`,
      );
    },
    close: () => client?.destroy(),
  };
}

/** A put that takes longer would be useless: Postgres would end the session meanwhile. */
const defaultStallMs = idleInTransactionMs * (2 / 3);
