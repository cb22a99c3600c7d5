import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';

export interface Ports {
  /** Sends one body to `POST /update_metrics`, and returns when it was taken. */
  readonly post: (body: string) => Promise<void>;
  /** Keeps a message from being delivered again for so long. */
  readonly postpone: (receiptHandle: string, seconds: number) => Promise<void>;
  readonly delays: Delays;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly log: Log;
}

interface Delays {
  readonly firstSeconds: number;
  /** Each delay is twice the one before, up to this. */
  readonly maxSeconds: number;
}

/**
 * Sends what was observed to the API, one message after another. One that fails stays on the queue, for longer each time, and ends
 * in its dead letters. Sent twice or late it does no harm: the API knows its observations by id, and each series by its newest.
 */
export function sendMetrics({ post, postpone, delays, random, log }: Ports) {
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const failed: string[] = [];
    for (const message of Records) {
      try {
        await post(message.body);
      } catch (error) {
        const attempt = attemptOf(message);
        const seconds = delayOf(attempt, delays, random());
        log.error('metrics not sent', {
          messageId: message.messageId,
          attempt,
          againInSeconds: seconds,
          error,
        });
        failed.push(message.messageId);
        // Without it the message comes back when the queue's own time is up.
        await postpone(message.receiptHandle, seconds).catch((cause) =>
          log.error('message not postponed', { messageId: message.messageId, error: cause }),
        );
      }
    }
    log.info('sent', { messages: Records.length - failed.length, failed: failed.length });
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  };
}

const attemptOf = ({ attributes }: SQSRecord) => Number(attributes.ApproximateReceiveCount) || 1;

/** With jitter, so that what failed together does not come back together. */
function delayOf(attempt: number, { firstSeconds, maxSeconds }: Delays, random: number): number {
  const longest = Math.min(maxSeconds, firstSeconds * 2 ** (attempt - 1));
  return Math.ceil(longest * (1 - random / 2));
}
