import type { SQSClient } from '@aws-sdk/client-sqs';

/** Keeps a message that was received from coming back for so many seconds, up to 12 hours. */
export function updatesQueue(queueUrl: string): (receiptHandle: string, seconds: number) => Promise<void> {
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
