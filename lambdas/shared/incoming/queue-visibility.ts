import type { SQSRecord } from 'aws-lambda';
import type { Log } from '../aws/log.ts';
import { findQueueUrl, openQueue, type Queue } from '../aws/queue.ts';

/**
 * Hides a message from other receivers for so many seconds from now. If SQS refuses, the queue's own timeout
 * applies.
 */
export type KeepAway = (message: SQSRecord, seconds: number) => Promise<void>;

export function queueVisibility(log: Log): KeepAway {
  const queues = new Map<string, Queue>();

  const queueOf = async (arn: string): Promise<Queue> => {
    const queue = queues.get(arn) ?? openQueue(await findQueueUrl(arn));
    queues.set(arn, queue);
    return queue;
  };

  return async ({ eventSourceARN, receiptHandle, messageId }, seconds) => {
    try {
      const queue = await queueOf(eventSourceARN);
      await queue.hide(receiptHandle, seconds);
    } catch (error) {
      log.error('message not hidden', { messageId, seconds, error });
    }
  };
}
