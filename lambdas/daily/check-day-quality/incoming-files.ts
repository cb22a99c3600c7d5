import type { SQSClient } from '@aws-sdk/client-sqs';

/** How many files wait in the queue or are being read, by SQS's own estimate. */
export function incomingFiles(queueUrl: string) {
  let client: SQSClient | undefined;
  return async (): Promise<number> => {
    const { GetQueueAttributesCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    try {
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({
          QueueUrl: queueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
    } catch (cause) {
      throw new Error(`Counting the messages of ${queueUrl} failed`, { cause });
    }
  };
}
