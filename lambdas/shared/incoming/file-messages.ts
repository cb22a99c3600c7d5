import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../aws/log.ts';
import { type FileNotice, readFileNotices } from './file-notices.ts';
import type { IncomingFile } from './incoming-files.ts';
import type { Counts } from './ingested-files-table.ts';
import type { MessageLease } from './message-leases.ts';

/** How a file came. */
export interface Delivery {
  readonly notice: FileNotice;
  /** Its message was delivered before. The file may have made others fail, so it shares nothing. */
  readonly isAgain: boolean;
  /** Whether to stop at the next row, to be continued by another invocation. */
  readonly isTimeUp: () => boolean;
}

/** Time was up, and the file has a checkpoint from which another invocation continues. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

export interface Ports {
  readonly find: (notice: FileNotice) => Promise<IncomingFile | undefined>;
  /** Returns nothing for a file that was done before. @throws OutOfTime for one to be continued */
  readonly ingest: (file: IncomingFile, delivery: Delivery) => Promise<Counts | undefined>;
  readonly lease: (message: SQSRecord) => MessageLease;
  /** Sends the message again, to another invocation. Without it, time is never up. */
  readonly handOn?: (message: SQSRecord) => Promise<void>;
  readonly log: Log;
}

/** A small file waits for S3, Kafka and Postgres most of the time. */
const filesAtOnce = 10;

/** The share of an invocation that remains when time is up, and the longest: for what is being sent. */
const reserve = { share: 1 / 4, ms: 30_000 };

type Remaining = Pick<Context, 'getRemainingTimeInMillis'>;

/**
 * Ingests the files in the S3 notices of an SQS event, several at once. Only the messages that fail return to
 * the queue. When time is up, messages that are not done are sent again: a new message has its deliveries
 * still before it, so that a long file never becomes a dead letter. The old message is done after that. If
 * the function dies in between, both are delivered, and both continue from the same place.
 */
export function ingestMessages({ find, ingest, lease, handOn, log }: Ports) {
  const ingestFile = async (notice: FileNotice, delivery: Omit<Delivery, 'notice'>) => {
    const startedAt = performance.now();
    const file = await find(notice);
    if (!file) return log.info('file deleted', { ...notice });
    try {
      const counts = await ingest(file, { ...delivery, notice });
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

  const ingestMessage = async (message: SQSRecord, isTimeUp: () => boolean) => {
    const isAgain = Number(message.attributes.ApproximateReceiveCount) > 1;
    for (const notice of readFileNotices(message.body)) await ingestFile(notice, { isAgain, isTimeUp });
  };

  const passOn = async (message: SQSRecord) => {
    await handOn?.(message);
    log.info('message handed on', { messageId: message.messageId });
  };

  const orPassOn = (message: SQSRecord) => (error: unknown) => {
    if (error instanceof OutOfTime) return passOn(message);
    throw error;
  };

  return async ({ Records }: SQSEvent, context?: Remaining): Promise<SQSBatchResponse> => {
    const failed = new Set<SQSRecord>();
    const isTimeUp = handOn && context ? timeLimit(context) : () => false;
    const waiting = Records.map((message, place) => ({ message, place, leased: lease(message) })).values();
    const work = async () => {
      for (const { message, place, leased } of waiting) {
        try {
          // The first files are begun in any case, so that each invocation gets on.
          if (place >= filesAtOnce && isTimeUp()) await passOn(message);
          else await ingestMessage(message, isTimeUp).catch(orPassOn(message));
          leased.done();
        } catch (error) {
          log.error('file not ingested', { messageId: message.messageId, error });
          failed.add(message);
          await leased.failed();
        }
      }
    };
    await Promise.all(Array.from({ length: filesAtOnce }, work));
    const batchItemFailures = Records.filter((message) => failed.has(message)).map(({ messageId }) => ({
      itemIdentifier: messageId,
    }));
    return { batchItemFailures };
  };
}

/** A file that gave neither rows nor errors is told apart: it is empty, or has no more than a header. */
function outcomeOf(counts: Counts | undefined): string {
  if (counts === undefined) return 'file already ingested';
  return counts.rowsRead === 0 ? 'file ingested, it has no rows' : 'file ingested';
}

function timeLimit(context: Remaining): () => boolean {
  const reservedMs = Math.min(reserve.ms, reserve.share * context.getRemainingTimeInMillis());
  return () => context.getRemainingTimeInMillis() < reservedMs;
}
