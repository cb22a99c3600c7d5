import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { nameOfPartition } from '../../../lambdas/shared/exactly-once/landed-objects.ts';
import { readGeneration } from '../../../lambdas/shared/kafka/topic-generations.ts';
import { landedPrefix, parseObjectKey } from '../../../lambdas/weather/land-observations/object-key.ts';
import { mergedMark } from '../../../lambdas/weather/land-observations/parquet.ts';
import { readFooter } from '../../run/platform-counts/lake.ts';
import type { HoldingObject, LandedRow } from './row-life.ts';

/**
 * The object that has a row now. Each object of an ingest date and partition has the rows from the offset in
 * its name up to the next object, and merging keeps it so (ADR 23). Other dates are apart: the time of a
 * record decides its date, and times need not rise with offsets.
 */
export async function holdingObject(
  s3: S3Client,
  bucket: string,
  { topic, partition, offset, ingestDate }: Pick<LandedRow, 'topic' | 'partition' | 'offset' | 'ingestDate'>,
): Promise<HoldingObject | undefined> {
  const name = nameOfPartition({ ...readGeneration(topic), partition });
  const Prefix = `${landedPrefix}ingest_date=${ingestDate}/${name}-`;
  let last: { key: string; etag: string; sizeBytes: number; writtenAtMs: number } | undefined;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix }))
    for (const { Key = '', ETag = '', Size = 0, LastModified } of Contents) {
      const parts = parseObjectKey(Key);
      // Keys are listed in order, and offsets in them have leading zeros.
      if (parts && parts.offset <= offset)
        last = { key: Key, etag: ETag, sizeBytes: Size, writtenAtMs: LastModified?.getTime() ?? 0 };
    }
  const footer = last && (await readFooter(s3, bucket, last));
  if (!last || !footer || lastOffsetOf(footer) < offset) return undefined;
  const { key, writtenAtMs } = last;
  return { key, writtenAtMs, isMerged: footer.created_by?.startsWith(`isobar ${mergedMark} `) ?? false };
}

/** From the statistics of the column: the writer of landed objects always makes them. */
function lastOffsetOf({ row_groups }: NonNullable<Awaited<ReturnType<typeof readFooter>>>): number {
  const offsets = row_groups.flatMap(({ columns }) =>
    columns.flatMap(({ meta_data }) =>
      meta_data?.path_in_schema.at(-1) === '_offset' ? [Number(meta_data.statistics?.max_value ?? -1)] : [],
    ),
  );
  return Math.max(-1, ...offsets);
}
