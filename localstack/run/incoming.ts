import { readdirSync } from 'node:fs';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { Endpoints } from '../endpoints.ts';
import { type Drop, dropToBucket } from '../generator/sinks.ts';
import { localAccount } from '../platform/local-account.ts';

/** The CSV files of a folder, in the order of their names. @throws Error when there are none */
export function csvFilesOf(dir: string): string[] {
  let names: string[];
  try {
    names = readdirSync(dir);
  } catch (cause) {
    throw new Error(`--data ${dir} is no folder that can be read`, { cause });
  }
  const files = names.filter((name) => name.toLowerCase().endsWith('.csv')).sort();
  if (files.length === 0) throw new Error(`--data ${dir} has no .csv files`);
  return files.map((name) => path.join(dir, name));
}

/** The platform's doors for files: observations that are dropped are ingested, labels are recorded. */
export function openIncoming(endpoints: Endpoints): { drop: Drop; dropLabels: Drop; close: () => void } {
  const s3 = new S3Client({ ...localAccount(endpoints), forcePathStyle: true });
  const dropTo = (prefix: string) => dropToBucket({ s3, bucket: endpoints.lakeBucket, prefix });
  return {
    drop: dropTo(endpoints.incomingPrefix),
    dropLabels: dropTo('incoming/labels/'),
    close: () => s3.destroy(),
  };
}
