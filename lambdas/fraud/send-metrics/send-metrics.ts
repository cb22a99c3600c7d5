import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import { type BackoffLimits, backoffSeconds } from '../../shared/retry/backoff.ts';

export interface Ports {
  /** Posts one body to `POST /update_metrics`, and returns when the API has taken it. */
  readonly post: (body: string) => Promise<void>;
  /** Delays the next delivery of a message. */
  readonly postpone: (receiptHandle: string, seconds: number) => Promise<void>;
  readonly delays: BackoffLimits;
  /** A number from 0 up to, but not including, 1. */
  readonly random: () => number;
  readonly log: Log;
}

/**
 * Posts messages with metric samples to the API, one after another. A message that fails stays on the queue,
 * with a growing delay, and in the end becomes a dead letter. Late and repeated messages do no harm: the API
 * ignores known ids, and the newest sample of a gauge wins.
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
          retryInSeconds: seconds,
          error,
        });
        failed.push(message.messageId);
        // If this fails, the message comes back after the visibility timeout of the queue.
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
