import type { S3Client } from '@aws-sdk/client-s3';

/** The most that one request takes. */
const keysAtOnce = 1_000;

/** Removes objects; a key without one is no error. */
export async function removeObjects(
  client: S3Client,
  Bucket: string,
  keys: readonly string[],
): Promise<void> {
  // Not part of the cold start: the SDK takes longer to load than all the rest of a function.
  const { DeleteObjectsCommand } = await import('@aws-sdk/client-s3');
  for (let first = 0; first < keys.length; first += keysAtOnce) {
    const Objects = keys.slice(first, first + keysAtOnce).map((Key) => ({ Key }));
    const { Errors: [error] = [] } = await client.send(
      new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }),
    );
    if (error) throw new Error(`Removing s3://${Bucket}/${error.Key} failed: ${error.Message}`);
  }
}
