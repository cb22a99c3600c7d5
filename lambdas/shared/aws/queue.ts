import { chunksOf } from './chunks.ts';
import { remember } from './remember.ts';

interface QueueMessage {
  readonly body: string;
  /** At most 900. */
  readonly delaySeconds?: number;
}

export interface Queue {
  /**
   * Returns when the queue has every message. SQS may then deliver each more than once. Ten together must fit
   * into 256 KiB.
   */
  send(messages: readonly QueueMessage[]): Promise<void>;
  /** Hides a received message from all receivers for so many seconds from now, at most 12 hours. */
  hide(receiptHandle: string, seconds: number): Promise<void>;
  /** The number of messages that wait or are being processed, as SQS estimates it. */
  count(): Promise<number>;
}

/** The limits of SQS for one request. */
const messagesPerRequest = 10;
const requestsAtOnce = 8;

/** An SQS queue. The SDK loads at the first call: most invokes never need it. */
export function openQueue(queueUrl: string): Queue {
  const sendBatch = async (messages: readonly QueueMessage[]) => {
    const { sqs, SendMessageBatchCommand } = await connection.get();
    const Entries = messages.map(({ body, delaySeconds }, place) => ({
      Id: String(place),
      MessageBody: body,
      DelaySeconds: delaySeconds,
    }));
    const { Failed: [failed] = [] } = await sqs.send(
      new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
    );
    if (failed) throw new Error(`${failed.Code}: ${failed.Message}`);
  };

  return {
    async send(messages) {
      try {
        for (const batches of chunksOf(chunksOf(messages, messagesPerRequest), requestsAtOnce))
          await Promise.all(batches.map(sendBatch));
      } catch (cause) {
        throw new Error(`Sending ${messages.length} messages to ${queueUrl} failed`, { cause });
      }
    },
    async hide(receiptHandle, seconds) {
      const { sqs, ChangeMessageVisibilityCommand } = await connection.get();
      const request = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: seconds };
      await sqs.send(new ChangeMessageVisibilityCommand(request));
    },
    async count() {
      const { sqs, GetQueueAttributesCommand } = await connection.get();
      try {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({
            QueueUrl: queueUrl,
            AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
          }),
        );
        return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
      } catch (cause) {
        throw new Error(`Counting the messages of ${queueUrl} failed`, { cause });
      }
    },
  };
}

/** Returns a function that opens the queue of an event source, each once. */
export function queuesByArn(): (queueArn: string) => Promise<Queue> {
  const queues = new Map<string, Queue>();
  return async (queueArn) => {
    const queue = queues.get(queueArn) ?? openQueue(await findQueueUrl(queueArn));
    queues.set(queueArn, queue);
    return queue;
  };
}

/** The URL of the queue of an event source. */
export async function findQueueUrl(queueArn: string): Promise<string> {
  const { sqs, GetQueueUrlCommand } = await connection.get();
  const QueueName = queueArn.slice(queueArn.lastIndexOf(':') + 1);
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
  if (QueueUrl === undefined) throw new Error(`Looking up the URL of ${queueArn} failed: SQS returned none`);
  return QueueUrl;
}

const connection = remember(async () => {
  const {
    ChangeMessageVisibilityCommand,
    GetQueueAttributesCommand,
    GetQueueUrlCommand,
    SendMessageBatchCommand,
    SQSClient,
  } = await import('@aws-sdk/client-sqs');
  return {
    sqs: new SQSClient(),
    ChangeMessageVisibilityCommand,
    GetQueueAttributesCommand,
    GetQueueUrlCommand,
    SendMessageBatchCommand,
  };
});
