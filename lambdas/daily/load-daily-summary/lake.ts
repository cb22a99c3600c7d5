import type { S3Client } from '@aws-sdk/client-s3';

/** Reads text objects of the lake, by their s3:// location, line by line. */
export function openLake() {
  let client: S3Client | undefined;
  return async (location: string): Promise<string[]> => {
    const { GetObjectCommand, S3Client } = await import('@aws-sdk/client-s3');
    client ??= new S3Client();
    const { host, pathname } = new URL(location);
    const key = decodeURIComponent(pathname.slice(1));
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: host, Key: key }));
      return ((await Body?.transformToString()) ?? '').split('\n').filter((line) => line !== '');
    } catch (cause) {
      throw new Error(`Reading ${location} failed`, { cause });
    }
  };
}
