import { openBucket } from '../../shared/aws/bucket.ts';

/** Reads the lines of a text object, by its `s3://` location. */
export async function readLines(location: string): Promise<string[]> {
  const { host, pathname } = new URL(location);
  const text = await openBucket(host).read(decodeURIComponent(pathname.slice(1)));
  return text.split('\n').filter((line) => line !== '');
}
