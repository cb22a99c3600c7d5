import { GetObjectCommand, NoSuchKey, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { type FileMetaData, parquetMetadataAsync } from 'hyparquet';
import type { Lake, LakeObject } from './landed-rows.ts';

/** The footer of a landed object fits into one read of this size. A longer footer takes a second read. */
const footerBytes = 16 * 1024;

const readRange = async (s3: S3Client, Bucket: string, object: LakeObject, start: number, end: number) => {
  const command = new GetObjectCommand({
    Bucket,
    Key: object.key,
    IfMatch: object.etag,
    Range: `bytes=${start}-${end - 1}`,
  });
  const { Body } = await s3.send(command);
  if (!Body) throw new Error(`s3://${Bucket}/${object.key} has no body`);
  const bytes = await Body.transformToByteArray();
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
};

/** Whether the object was replaced or removed after it was listed. The next listing has the new state. */
const hasChanged = (error: unknown): boolean =>
  error instanceof NoSuchKey || (error instanceof Error && error.name === 'PreconditionFailed');

/** The Parquet footer of an object; undefined when the object is gone, or another by now. */
export async function readFooter(
  s3: S3Client,
  bucket: string,
  object: LakeObject,
): Promise<FileMetaData | undefined> {
  const file = {
    byteLength: object.sizeBytes,
    slice: (start: number, end = object.sizeBytes) => readRange(s3, bucket, object, start, end),
  };
  try {
    return await parquetMetadataAsync(file, { initialFetchSize: footerBytes });
  } catch (error) {
    if (hasChanged(error)) return undefined;
    throw new Error(`Cannot read the Parquet footer of s3://${bucket}/${object.key}`, { cause: error });
  }
}

/** The Parquet objects below a prefix of a bucket. */
export const lakeOn = ({ s3, bucket, prefix }: { s3: S3Client; bucket: string; prefix: string }): Lake => ({
  list: async () => {
    const objects: LakeObject[] = [];
    for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key, ETag, Size } of page.Contents ?? []) {
        if (Key?.endsWith('.parquet') && ETag) objects.push({ key: Key, etag: ETag, sizeBytes: Size ?? 0 });
      }
    }
    return objects;
  },

  countRows: async (object) => {
    const footer = await readFooter(s3, bucket, object);
    return footer && Number(footer.num_rows);
  },
});
