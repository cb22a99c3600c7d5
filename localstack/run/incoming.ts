import { readdirSync } from 'node:fs';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Endpoints } from '../endpoints.ts';
import { type Drop, dropToBucket } from '../generator/sinks.ts';
import { localAccount } from '../platform/local-account.ts';

/** The CSV files of a folder, sorted by name. @throws Error when there are none */
export function csvFilesOf(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (cause) {
    throw new Error(`--data ${dir}: the folder cannot be read. Give a folder with CSV files.`, { cause });
  }
  const files = names.filter((name) => name.toLowerCase().endsWith('.csv')).sort();
  if (files.length === 0)
    throw new Error(`--data ${dir}: the folder has no .csv files. Give a folder with CSV files.`);
  return files.map((name) => path.join(dir, name));
}

/** The lake's incoming prefixes: dropped observation files are ingested, dropped label files are recorded. */
export function openIncoming(endpoints: Endpoints): { drop: Drop; dropLabels: Drop; close: () => void } {
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const dropTo = (prefix: string) => dropToBucket({ s3, bucket: endpoints.lakeBucket, prefix });
  return {
    drop: dropTo(endpoints.incomingPrefix),
    dropLabels: dropTo('incoming/labels/'),
    close: () => s3.destroy(),
  };
}
