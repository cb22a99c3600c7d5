import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Endpoints } from './endpoints.ts';

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

/** The platform's door for files: what is put here is ingested. */
export function openIncoming({ awsEndpointUrl, region, lakeBucket, incomingPrefix }: Endpoints) {
  const client = new S3Client({
    endpoint: awsEndpointUrl,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    /** Returns the source under which the file's rows are known: `<object key>@<ETag>`. */
    drop: async (file: string): Promise<string> => {
      const Key = `${incomingPrefix}${path.basename(file)}`;
      const Body = readFileSync(file);
      const { ETag } = await client.send(new PutObjectCommand({ Bucket: lakeBucket, Key, Body, ContentType: 'text/csv' }));
      return `${Key}@${ETag?.replaceAll('"', '')}`;
    },
    close: () => client.destroy(),
  };
}
