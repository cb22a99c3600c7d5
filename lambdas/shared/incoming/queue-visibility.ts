import type { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSRecord } from 'aws-lambda';
import type { Log } from '../aws/log.ts';

/** Keeps a message away from other receivers for so many seconds from now. Where SQS refuses, the time of the queue stands. */
export type KeepAway = (message: SQSRecord, seconds: number) => Promise<void>;

export function queueVisibility(log: Log): KeepAway {
  let client: SQSClient | undefined;
  const queueUrls = new Map<string, string>();

  return async ({ eventSourceARN, receiptHandle, messageId }, seconds) => {
    try {
      const { ChangeMessageVisibilityCommand, GetQueueUrlCommand, SQSClient } = await import(
        '@aws-sdk/client-sqs'
      );
      client ??= new SQSClient();
      let queueUrl = queueUrls.get(eventSourceARN);
      if (queueUrl === undefined) {
        const QueueName = eventSourceARN.slice(eventSourceARN.lastIndexOf(':') + 1);
        ({ QueueUrl: queueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName })));
        queueUrls.set(eventSourceARN, queueUrl);
      }
      const request = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await client.send(new ChangeMessageVisibilityCommand(request));
    } catch (error) {
      log.error('message not kept away', { messageId, seconds, error });
    }
  };
}
