import path from 'node:path';
import { type _Object, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { chunksOf } from '../../lambdas/shared/aws/chunks.ts';
import { ledgerDays } from '../../lambdas/shared/exactly-once/ledger.ts';
import { versionOf } from '../../lambdas/shared/incoming/incoming-files.ts';
import { longSource } from '../../lambdas/shared/kafka/source.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import { formatFileName } from '../../lambdas/weather/ingest-observations/format-file.ts';
import { noticeOf } from '../../localstack/errors/refused-files.ts';

/** An object whose notice was used up after the snapshot. */
export interface ToAnnounce {
  readonly queue: string;
  readonly key: string;
  readonly eTag: string;
  readonly storedAtMs: number;
}

const queues = {
  'incoming/observations/': 'incoming-files',
  'incoming/labels/': 'incoming-labels',
  'aws/lambda/': 'failed-batches',
} as const;

const sourcesAtOnce = 5_000;
const messagesPerRequest = 10;

/**
 * Finds the objects that the restored database knows nothing of: files that it has not seen to their end, and
 * batches that Lambda discarded. The oldest come first. An object that is older than what the ledger
 * remembers is left out: its rows would count as new.
 */
export async function findUnknown(
  s3: S3Client,
  Bucket: string,
  { query }: Pick<Database, 'query'>,
  nowMs: number,
): Promise<ToAnnounce[]> {
  const sinceMs = nowMs - ledgerDays * 24 * 60 * 60_000;
  const found: ToAnnounce[] = [];
  for (const [Prefix, queue] of Object.entries(queues)) {
    const objects = await listSince(s3, { Bucket, Prefix }, sinceMs);
    for (const some of chunksOf(objects, sourcesAtOnce)) {
      const versions = some.map((object) => ({
        ...versionOf(object.Key ?? '', object.ETag ?? ''),
        storedAtMs: timeOf(object),
      }));
      const known = queue === 'failed-batches' ? new Set() : await ingested({ query }, versions);
      for (const { source, ...version } of versions)
        if (!known.has(source)) found.push({ queue, ...version });
    }
  }
  return found;
}

async function listSince(
  s3: S3Client,
  where: { readonly Bucket: string; readonly Prefix: string },
  sinceMs: number,
): Promise<_Object[]> {
  const objects: _Object[] = [];
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, where))
    for (const object of Contents)
      if (timeOf(object) >= sinceMs && path.basename(object.Key ?? '') !== formatFileName)
        objects.push(object);
  return objects.sort((a, b) => timeOf(a) - timeOf(b));
}

const timeOf = ({ LastModified }: _Object) => LastModified?.getTime() ?? 0;

/** The sources of the versions whose rows are all on Kafka, by the database. */
async function ingested(
  { query }: Pick<Database, 'query'>,
  versions: readonly { readonly key: string; readonly eTag: string; readonly source: string }[],
): Promise<ReadonlySet<string>> {
  const rows = await query<{ source: string }>(
    `select given.source
       from unnest($1::text[], $2::text[]) as given(source, older_source)
      where exists (select from ingested_files f
                     where f.source in (given.source, given.older_source) and f.ingested_at is not null)`,
    [versions.map(({ source }) => source), versions.map(({ key, eTag }) => longSource(key, eTag))],
  );
  return new Set(rows.map(({ source }) => source));
}

/** Sends the notice of each object once more. Who gets one twice does nothing the second time. */
export async function announce(
  sqs: SQSClient,
  { stage, bucket }: { readonly stage: string; readonly bucket: string },
  objects: readonly ToAnnounce[],
): Promise<void> {
  for (const [queue, ofQueue] of Map.groupBy(objects, ({ queue }) => queue)) {
    const QueueName = `isobar-${stage}-${queue}`;
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    for (const some of chunksOf(ofQueue, messagesPerRequest)) {
      const Entries = some.map((object, place) => ({
        Id: String(place),
        // With its time, a file is read by the format file that was there, so its rows are the same.
        MessageBody: noticeOf(bucket, object, object.storedAtMs),
      }));
      const { Failed: [failed] = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
      if (failed) throw new Error(`Sending a notice to ${QueueName} failed: ${failed.Message}`);
    }
  }
}
