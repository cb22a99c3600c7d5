import type { Readable } from 'node:stream';
import { GetObjectCommand, NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { BadRecord } from '../../shared/failures/failures.ts';
import type { FileNotice } from '../../shared/incoming/file-notices.ts';
import { type FormatFile, formatFileName, maxFormatBytes, parseFormatFile } from './format-file.ts';

/** Files in the lake stand below it; so do their format files. */
const root = 'incoming/observations/';

/**
 * A look-up serves every file that was taken before it, less this difference between the clocks of S3 and of
 * the function. So a format file that was dropped before a file is always seen, and thousands of files that
 * wait in the queue share a look-up.
 */
const clocksDifferMs = 1_000;
const rememberedMs = 5_000;
const rememberedFolders = 1_000;

const tooLong = Buffer.alloc(maxFormatBytes + 1);

interface LookedUp {
  readonly atMs: number;
  readonly format: Promise<FormatFile | BadRecord | undefined>;
}

/**
 * Finds the format file for a dropped file: in its folder, or in the nearest folder above. One file says
 * everything; those above it say nothing more.
 *
 * @returns undefined for a file without one; throws BadRecord for one that is wrong
 */
export function formatLookup(s3: Pick<S3Client, 'send'>, now: () => number) {
  const known = new Map<string, LookedUp>();

  const lookUp = async (bucket: string, key: string): Promise<FormatFile | BadRecord | undefined> => {
    try {
      const { Body, ContentLength = 0 } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (ContentLength > maxFormatBytes) (Body as Readable).destroy();
      const content = ContentLength > maxFormatBytes ? tooLong : await Body?.transformToByteArray();
      return parseFormatFile(Buffer.from(content ?? []));
    } catch (cause) {
      if (cause instanceof NoSuchKey) return undefined;
      if (!(cause instanceof BadRecord)) throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
      return new BadRecord(
        cause.errorType,
        `The format file ${key} is wrong: ${cause.message}. Nothing of the file was sent. Correct the format file; ` +
          'drop the file again.',
        { cause },
      );
    }
  };

  const formatAt = (bucket: string, key: string, takenAtMs: number | undefined) => {
    const place = `${bucket}/${key}`;
    const atMs = now();
    const last = known.get(place);
    const isFresh = last && takenAtMs !== undefined && last.atMs - clocksDifferMs >= takenAtMs;
    if (isFresh && atMs - last.atMs < rememberedMs) return last.format;
    const format = lookUp(bucket, key);
    if (known.size >= rememberedFolders) known.clear();
    known.set(place, { atMs, format });
    format.catch(() => known.delete(place));
    return format;
  };

  return async ({ bucket, key, takenAtMs }: FileNotice): Promise<FormatFile | undefined> => {
    for (const folder of foldersOf(key)) {
      const format = await formatAt(bucket, folder + formatFileName, takenAtMs);
      if (format instanceof BadRecord) throw format;
      if (format !== undefined) return format;
    }
    return undefined;
  };
}

/** The folders of a key, the nearest first. */
function foldersOf(key: string): string[] {
  const folders: string[] = [];
  for (let end = key.lastIndexOf('/'); end >= root.length - 1; end = key.lastIndexOf('/', end - 1))
    folders.push(key.slice(0, end + 1));
  return folders;
}
