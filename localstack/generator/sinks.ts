import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';

/**
 * Drops a file atomically: a reader sees all of it or nothing. Returns the name that the reader gives the
 * file.
 */
export type Drop = (file: { readonly name: string; readonly content: Buffer }) => Promise<string>;

const syncFolder = async (folder: string): Promise<void> => {
  await using handle = await open(folder);
  await handle.sync();
};

/**
 * Writes a file atomically: writes beside `path`, syncs and renames. The file is on disk when this resolves.
 */
export const writeWhole = async (path: string, content: Buffer | string): Promise<void> => {
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true });
  const unfinished = `${path}.unfinished`;
  {
    await using handle = await open(unfinished, 'w');
    await handle.writeFile(content);
    await handle.sync();
  }
  await rename(unfinished, path);
  await syncFolder(folder);
};

/** Returns the path of the file. */
export const dropToFolder =
  (folder: string): Drop =>
  async ({ name, content }) => {
    const path = join(folder, name);
    await writeWhole(path, content);
    return path;
  };

/** As `Drop`, of a file that is not in memory. */
export type DropStream = (file: {
  readonly name: string;
  readonly content: Readable;
  readonly sizeBytes: number;
}) => Promise<string>;

/** S3 shows an object only when it is complete. Returns `<object key>@<ETag>`, the version of the file. */
export const dropToBucket =
  ({ s3, bucket, prefix }: { s3: S3Client; bucket: string; prefix: string }): Drop & DropStream =>
  async ({
    name,
    content,
    sizeBytes,
  }: {
    readonly name: string;
    readonly content: Buffer | Readable;
    readonly sizeBytes?: number;
  }) => {
    const key = prefix + name;
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key: key,
      Body: content,
      ContentLength: sizeBytes,
      ContentType: 'text/csv',
    });
    const { ETag = '' } = await s3.send(command);
    return `${key}@${ETag.replaceAll('"', '')}`;
  };
