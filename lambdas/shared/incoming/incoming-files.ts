import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { BadRecord } from '../failures/failures.ts';
import type { FileNotice } from './file-notices.ts';

export interface IncomingFile {
  readonly key: string;
  /** `<key>@<ETag>`: what this file held, not only where it was. */
  readonly source: string;
  /** Opens the content. Throws BadRecord when it cannot be had, however often one asks. */
  readonly open: () => AsyncIterable<Buffer>;
  /** Lets go of the content, read or not. */
  readonly close: () => void;
}

/**
 * What S3 answers for an object that is itself unreadable: it was archived. What is denied to this function is not of that
 * kind. The file must wait in the queue until the grant is mended, not be ticked off as bad.
 */
const archived = 'InvalidObjectState';

/** The file of a notice, as it is now; undefined when it has been deleted since. */
export async function findIncomingFile(
  s3: S3Client,
  { bucket, key, eTag }: FileNotice,
): Promise<IncomingFile | undefined> {
  try {
    const { Body, ETag } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const body = Body as Readable;
    return {
      key,
      source: `${key}@${unquote(ETag ?? eTag)}`,
      open: () => body,
      close: () => void body.destroy(),
    };
  } catch (cause) {
    if (cause instanceof NoSuchKey) return undefined;
    const attempt = `Reading s3://${bucket}/${key} failed`;
    if (!(cause instanceof S3ServiceException) || cause.name !== archived)
      throw new Error(attempt, { cause });
    const unreadable = new BadRecord('UNREADABLE_FILE', `${attempt}: ${cause.name}`, { cause });
    return { key, source: `${key}@${unquote(eTag)}`, open: () => rejecting(unreadable), close: () => {} };
  }
}

const unquote = (eTag: string) => eTag.replaceAll('"', '');

// biome-ignore lint/correctness/useYield: it fails at its first read, as a stream would
async function* rejecting(error: Error): AsyncGenerator<Buffer> {
  throw error;
}
