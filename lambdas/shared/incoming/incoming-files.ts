import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { BadRecord } from '../failures/failures.ts';
import { sourceOf } from '../kafka/source.ts';
import type { FileNotice } from './file-notices.ts';

/** One version of a file. */
export interface FileVersion {
  readonly key: string;
  readonly eTag: string;
  /** The id in the headers of its records. */
  readonly source: string;
}

export interface ReadVersion extends FileVersion {
  /**
   * When reading began. S3 gives the version that is current then, so of two versions of a key the newer one
   * has the later time. The clocks of two functions may differ by less than a notice takes to arrive.
   */
  readonly readAtMs: number;
}

export interface IncomingFile extends ReadVersion {
  /** Opens the content. Throws BadRecord for a file that can never be read. */
  readonly open: () => AsyncIterable<Buffer>;
  /** Releases the content, read or not. */
  readonly close: () => void;
}

/**
 * The error of S3 for an archived object, which can never be read. "Access denied" is another case: that file
 * must wait in the queue until the permission is corrected.
 */
const archived = 'InvalidObjectState';

/** Finds the current version of the file of a notice. Undefined if it was deleted. */
export async function findIncomingFile(
  s3: S3Client,
  { bucket, key, eTag }: FileNotice,
): Promise<IncomingFile | undefined> {
  const readAtMs = Date.now();
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = Body as Readable;
    return {
      ...versionOf(key, ETag ?? eTag),
      readAtMs,
      open: () => body,
      close: () => void body.destroy(),
    };
  } catch (cause) {
    if (cause instanceof NoSuchKey) return undefined;
    const attempt = `Reading s3://${bucket}/${key} failed`;
    if (!(cause instanceof S3ServiceException) || cause.name !== archived)
      throw new Error(attempt, { cause });
    const unreadable = new BadRecord('UNREADABLE_FILE', `${attempt}: ${cause.name}`, { cause });
    return { ...versionOf(key, eTag), readAtMs, open: () => rejecting(unreadable), close: () => {} };
  }
}

export function versionOf(key: string, quotedETag: string): FileVersion {
  const eTag = quotedETag.replaceAll('"', '');
  return { key, eTag, source: sourceOf(key, eTag) };
}

// biome-ignore lint/correctness/useYield: it fails at the first read, like a stream
async function* rejecting(error: Error): AsyncGenerator<Buffer> {
  throw error;
}
