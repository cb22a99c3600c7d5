import type { S3Client } from '@aws-sdk/client-s3';

export interface ModelObject {
  readonly text: string;
  readonly eTag: string;
}

/**
 * Reads an object with a model's data from the lake; undefined when there is none under the key.
 * @throws Error that names the object when S3 fails or the object has more than `maxBytes`
 */
export async function readModelObject(
  s3: S3Client,
  bucket: string,
  key: string,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<ModelObject | undefined> {
  const { GetObjectCommand, NoSuchKey } = await import('@aws-sdk/client-s3');
  try {
    const {
      Body,
      ContentLength = 0,
      ETag,
    } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (ContentLength > maxBytes)
      throw new Error(`found ${ContentLength} bytes, expected at most ${maxBytes}`);
    return { text: (await Body?.transformToString()) ?? '', eTag: ETag ?? '' };
  } catch (cause) {
    if (cause instanceof NoSuchKey) return undefined;
    throw new Error(`Reading s3://${bucket}/${key} failed`, { cause });
  }
}
