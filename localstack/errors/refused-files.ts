import { HeadObjectCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Database } from '../../lambdas/shared/postgres/database.ts';
import type { FilePorts, RefusedFile } from './redrive-files.ts';

export interface FilesOptions {
  readonly bucket: string;
  /** The name of the queue of new files, or its URL. */
  readonly queue: string;
  /** Settings of AWS clients; empty for those of the environment. */
  readonly account: ConstructorParameters<typeof S3Client>[0] & ConstructorParameters<typeof SQSClient>[0];
}

/** Refused files in Postgres, in the lake, and on the queue of files to ingest. */
export function refusedFiles(
  { query }: Pick<Database, 'query'>,
  { bucket, queue, account }: FilesOptions,
): FilePorts & { close: () => void } {
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const sqs = new SQSClient({ ...account });
  const urlOf = async () =>
    /^https?:/.test(queue) ? queue : (await sqs.send(new GetQueueUrlCommand({ QueueName: queue }))).QueueUrl;
  let url: Promise<string | undefined> | undefined;

  return {
    async findFile(key) {
      const [file] = await query<{ source: string; key: string; eTag: string }>(
        `select source, key, etag as "eTag"
           from ingested_files
          where key is not null and (key = $1 or source in (select archive from archive_members where key = $1))
          order by read_at desc limit 1`,
        [key],
      );
      return file;
    },

    async eTagInLake(Key) {
      try {
        const { ETag = '' } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key }));
        return ETag.replaceAll('"', '');
      } catch (cause) {
        if (cause instanceof NotFound) return undefined;
        throw new Error(`Looking for s3://${bucket}/${Key} failed`, { cause });
      }
    },

    // One that is open already was asked for by a run that crashed, or by the error of another file in the
    // same archive: asking once more does no harm.
    async reopen(source, errorId) {
      const [file] = await query<{ is_open: boolean }>(
        `with reopened as (
           update ingested_files
              set ingested_at = null, attempt = attempt + 1, asked_by = $2
            where source = $1 and ingested_at is not null and rows_refused > 0 and asked_by is distinct from $2
           returning 1)
         select exists (select from reopened)
             or exists (select from ingested_files where source = $1 and ingested_at is null) as is_open`,
        [source, errorId],
      );
      return file?.is_open === true;
    },

    async askIngest(file) {
      url ??= urlOf();
      await sqs.send(new SendMessageCommand({ QueueUrl: await url, MessageBody: noticeOf(bucket, file) }));
    },

    close() {
      s3.destroy();
      sqs.destroy();
    },
  };
}

/**
 * @param takenAtMs when S3 took the file. Without it, the file is read by the format file of today.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export const noticeOf = (
  bucket: string,
  { key, eTag }: Pick<RefusedFile, 'key' | 'eTag'>,
  takenAtMs?: number,
): string =>
  JSON.stringify({
    Records: [
      {
        eventSource: 'isobar:redrive',
        ...(takenAtMs !== undefined && { eventTime: new Date(takenAtMs).toISOString() }),
        s3: {
          bucket: { name: bucket },
          object: { key: encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/'), eTag },
        },
      },
    ],
  });
