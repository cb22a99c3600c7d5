import type { SQSClient } from '@aws-sdk/client-sqs';

/** Returns a function that delays the next delivery of a received message, by up to 12 hours. */
export function postponeOn(queueUrl: string): (receiptHandle: string, seconds: number) => Promise<void> {
  let client: SQSClient | undefined;
  return async (receiptHandle, seconds) => {
    const { ChangeMessageVisibilityCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    await client.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: queueUrl,
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: seconds,
      }),
    );
  };
}
