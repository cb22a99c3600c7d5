import type { SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';
import { encodeRedelivery } from '../../shared/retry/redelivery-message.ts';
import type { DelayedMessage } from './retry-observations.ts';

/** What SQS takes in one request. */
const messagesPerRequest = 10;
const requestsAtOnce = 8;

/** The queue in which records wait. A message may come to be there twice; what it carries counts once. */
export function retryQueue(queueUrl: string): (records: readonly DelayedMessage[]) => Promise<void> {
  let client: SQSClient | undefined;

  const send = async (entries: SendMessageBatchRequestEntry[]) => {
    const { SendMessageBatchCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    client ??= new SQSClient();
    const { Failed = [] } = await client.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: entries }),
    );
    const [failed] = Failed;
    if (failed) {
      const what = `Sending ${entries.length} messages to ${queueUrl}`;
      throw new Error(`${what}: ${Failed.length} failed, the first with ${failed.Code}: ${failed.Message}`);
    }
  };

  return async (records) => {
    const entries = records.map(({ message, delaySeconds }, place) => ({
      Id: String(place),
      MessageBody: encodeRedelivery(message),
      DelaySeconds: delaySeconds,
    }));
    const requests: SendMessageBatchRequestEntry[][] = [];
    for (let from = 0; from < entries.length; from += messagesPerRequest)
      requests.push(entries.slice(from, from + messagesPerRequest));
    for (let from = 0; from < requests.length; from += requestsAtOnce)
      await Promise.all(requests.slice(from, from + requestsAtOnce).map(send));
  };
}
