import type { SQSRecord } from 'aws-lambda';
import type { Log } from '../aws/log.ts';
import { queuesByArn } from '../aws/queue.ts';

/**
 * Hides a message from other receivers for so many seconds from now. If SQS refuses, the queue's own timeout
 * applies.
 */
export type KeepAway = (message: SQSRecord, seconds: number) => Promise<void>;

export function queueVisibility(log: Log): KeepAway {
  const queueOf = queuesByArn();

  return async ({ eventSourceARN, receiptHandle, messageId }, seconds) => {
    try {
      const queue = await queueOf(eventSourceARN);
      await queue.hide(receiptHandle, seconds);
    } catch (error) {
      log.error('message not hidden', { messageId, seconds, error });
    }
  };
}
