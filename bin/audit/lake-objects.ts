import { GetObjectCommand, NoSuchKey, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { landedPrefix } from '../../lambdas/weather/land-observations/object-key.ts';
import { readColumns } from '../../lambdas/weather/land-observations/read-parquet.ts';
import type { LandedRows } from './landed-object.ts';
import { type Ports, Unreadable } from './ports.ts';

/**
 * A landed object has at most 10,000 rows, half a megabyte, and a merged one 4 MB. A far larger object is
 * neither, and must not fill the memory.
 */
const maxObjectBytes = 64 * 1024 * 1024;

/** The decoded columns. */
const columns = ['_topic', '_partition', '_offset', '_timestamp', 'source', 'row'];

/** The landed objects of a bucket. */
export const lakeObjects = (s3: S3Client, Bucket: string): Pick<Ports, 'keys' | 'read'> => ({
  async *keys() {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: s3 },
      { Bucket, Prefix: landedPrefix },
    )) {
      for (const { Key } of Contents) if (Key !== undefined) yield Key;
    }
  },

  async read(key) {
    const bytes = await readObject(s3, Bucket, key);
    if (!bytes) return undefined;
    try {
      return await readRows(bytes);
    } catch (cause) {
      throw new Unreadable(`${key}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  },
});

async function readObject(s3: S3Client, Bucket: string, Key: string): Promise<Uint8Array | undefined> {
  try {
    const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    if (ContentLength <= maxObjectBytes) return await Body?.transformToByteArray();
    await Body?.transformToWebStream().cancel();
    throw new Unreadable(`${Key} has ${ContentLength} bytes, too many for a landed object`);
  } catch (cause) {
    if (cause instanceof NoSuchKey) return undefined;
    if (cause instanceof Unreadable) throw cause;
    throw new Error(`Reading s3://${Bucket}/${Key} failed`, { cause });
  }
}

async function readRows(bytes: Uint8Array): Promise<LandedRows> {
  const column = await readColumns(bytes, columns);
  return {
    topics: column('_topic').map(String),
    partitions: column('_partition').map(Number),
    offsets: column('_offset').map(Number),
    sources: column('source').map((value) => (typeof value === 'string' ? value : null)),
    rows: column('row').map((value) => (value === null || value === undefined ? null : Number(value))),
    firstTimestampMs: column('_timestamp').map(Number)[0] ?? 0,
  };
}
