import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../aws/log.ts';
import { type FileNotice, readFileNotices } from './file-notices.ts';
import type { IncomingFile } from './incoming-files.ts';
import type { Counts } from './ingested-files-table.ts';
import type { MessageLease } from './message-leases.ts';

export interface Ports {
  readonly find: (notice: FileNotice) => Promise<IncomingFile | undefined>;
  readonly ingest: (file: IncomingFile) => Promise<Counts | undefined>;
  readonly lease: (message: SQSRecord) => MessageLease;
  readonly log: Log;
}

/** Ingests the files in the S3 notices of an SQS event. Only the messages that fail return to the queue. */
export function ingestMessages({ find, ingest, lease, log }: Ports) {
  const ingestFile = async (notice: FileNotice) => {
    const startedAt = performance.now();
    const file = await find(notice);
    if (!file) return log.info('file deleted', { ...notice });
    try {
      const counts = await ingest(file);
      const ms = Math.round(performance.now() - startedAt);
      log.info(outcomeOf(counts), {
        key: file.key,
        source: file.source,
        ...counts,
        ms,
      });
    } finally {
      file.close();
    }
  };

  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const message of Records) {
      const { messageId, body } = message;
      const leased = lease(message);
      try {
        for (const notice of readFileNotices(body)) await ingestFile(notice);
        leased.done();
      } catch (error) {
        log.error('file not ingested', { messageId, error });
        batchItemFailures.push({ itemIdentifier: messageId });
        await leased.failed();
      }
    }
    return { batchItemFailures };
  };
}

/** A file that gave neither rows nor errors is told apart: it is empty, or has no more than a header. */
function outcomeOf(counts: Counts | undefined): string {
  if (counts === undefined) return 'file already ingested';
  return counts.rowsRead === 0 ? 'file ingested, it has no rows' : 'file ingested';
}
