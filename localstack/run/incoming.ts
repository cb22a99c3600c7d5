import { type Dirent, readdirSync } from 'node:fs';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { formatFileName } from '../../lambdas/weather/ingest-observations/format-file.ts';
import type { Endpoints } from '../endpoints.ts';
import { type Drop, type DropStream, dropToBucket } from '../generator/sinks.ts';
import { localAccount } from '../platform/local-account.ts';

/** A file to drop. */
export interface DataFile {
  readonly path: string;
  /** Its path below the folder, which becomes its name in the lake. */
  readonly name: string;
}

export interface DataFolder {
  readonly files: readonly DataFile[];
  readonly leftOut: readonly { readonly name: string; readonly why: string }[];
}

/** Why a file is no data; undefined for one that is dropped. */
function whyLeftOut(entry: Dirent, name: string): string | undefined {
  if (name.split('/').some((part) => part.startsWith('.'))) return 'hidden';
  if (!entry.isFile()) return 'not a regular file';
  if (/\.(md|unfinished)$/i.test(name))
    return name.endsWith('.unfinished') ? 'still being written' : 'a document';
  return undefined;
}

const rankOf = ({ path: file }: DataFile) => (path.basename(file) === formatFileName ? 0 : 1);

/**
 * Every file of a folder and below, format files first, sorted by name, and what is left out. What a file
 * holds is for ingest-observations to tell.
 *
 * @throws Error when the folder cannot be read or has no file to drop
 */
export function dataFilesOf(dir: string): DataFolder {
  let entries: Dirent[];
  try {
    entries = readdirSync(dir, { recursive: true, withFileTypes: true });
  } catch (cause) {
    throw new Error(`--data ${dir}: the folder cannot be read. Give a folder with weather files.`, { cause });
  }
  const found = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      const name = path.relative(dir, file).split(path.sep).join('/');
      return { path: file, name, why: whyLeftOut(entry, name) };
    })
    // A format file says how to read the files around it, so it goes first.
    .sort((one, other) => rankOf(one) - rankOf(other) || (one.name < other.name ? -1 : 1));
  const files = found.filter(({ why }) => why === undefined).map(({ path, name }) => ({ path, name }));
  const leftOut = found.flatMap(({ name, why }) => (why === undefined ? [] : [{ name, why }]));
  if (files.length === 0)
    throw new Error(`--data ${dir}: the folder has no file to drop. Give a folder with weather files.`);
  return { files, leftOut };
}

/** The lake's incoming prefixes: dropped observation files are ingested, dropped label files are recorded. */
export function openIncoming(endpoints: Endpoints): {
  drop: Drop;
  dropStream: DropStream;
  dropLabels: Drop;
  close: () => void;
} {
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const dropTo = (prefix: string) => dropToBucket({ s3, bucket: endpoints.lakeBucket, prefix });
  const drop = dropTo(endpoints.incomingPrefix);
  return {
    drop,
    dropStream: drop,
    dropLabels: dropTo('incoming/labels/'),
    close: () => s3.destroy(),
  };
}
