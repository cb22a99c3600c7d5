import type { Message } from '../kafka/kafka-producer.ts';

/** A record that waits out its delay in the queue, ready to be sent back to its topic. */
export interface RedeliveryMessage extends Message {
  /**
   * The partition of its origin: the ledger's lock on it keeps a retry behind the transaction that deferred
   * it.
   */
  readonly partition: number;
}

/** JSON without the two characters that SQS refuses and a record may contain. */
export const encodeRedelivery = (message: RedeliveryMessage): string =>
  JSON.stringify(message).replace(refusedBySqs, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/**
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, `MessageBody`
 */
const refusedBySqs = /[\ufffe\uffff]/g;

/** Reads what `encodeRedelivery` wrote. Throws Error for any other text. */
export function decodeRedelivery(text: string): RedeliveryMessage {
  const { partition, key, value, headers }: Partial<RedeliveryMessage> = JSON.parse(text);
  const isText = (each: unknown) => typeof each === 'string';
  if (
    !Number.isInteger(partition) ||
    !(key === null || isText(key)) ||
    !isText(value) ||
    typeof headers !== 'object' ||
    headers === null ||
    !Object.values(headers).every(isText)
  )
    throw new Error('Reading a message of the retry queue: expected partition, key, value and headers');
  return { partition, key, value, headers } as RedeliveryMessage;
}
