import { GetQueueAttributesCommand, paginateListQueues, type SQSClient } from '@aws-sdk/client-sqs';

const isDeadLetterQueue = (url: string): boolean => url.endsWith('-dead');

const countMessages = async (sqs: SQSClient, QueueUrl: string): Promise<number> => {
  const command = new GetQueueAttributesCommand({
    QueueUrl,
    AttributeNames: [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ],
  });
  const { Attributes = {} } = await sqs.send(command);
  return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
};

/**
 * The number of messages, waiting and in flight, in every queue with this name prefix. Dead-letter queues are
 * left out.
 */
export const readQueues = async (sqs: SQSClient, prefix: string): Promise<Record<string, number>> => {
  const urls: string[] = [];
  for await (const page of paginateListQueues({ client: sqs }, { QueueNamePrefix: prefix })) {
    urls.push(...(page.QueueUrls ?? []).filter((url) => !isDeadLetterQueue(url)));
  }
  const entries = urls.map(
    async (url) => [url.split('/').at(-1) ?? url, await countMessages(sqs, url)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
};
