import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import { type BackoffLimits, backoffSeconds } from '../../shared/retry/backoff.ts';

export interface Ports {
  /** Sends one body to `POST /update_metrics`, and returns when it was taken. */
  readonly post: (body: string) => Promise<void>;
  /** Keeps a message from being delivered again for so long. */
  readonly postpone: (receiptHandle: string, seconds: number) => Promise<void>;
  readonly delays: BackoffLimits;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly log: Log;
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
        const seconds = backoffSeconds(attempt, delays, random());
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
