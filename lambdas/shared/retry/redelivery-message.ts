import type { Message } from '../kafka/kafka-producer.ts';

/** A message on its way back to `weather-data`, as it waits in the queue between the two functions of the retry path. */
export interface ReturningRecord extends Message {
  /** That of its origin: under one lock with it, a retry can never overtake the deferral that sent it. */
  readonly partition: number;
}

/** JSON of characters that SQS takes: these two it refuses, while a name of a place may hold them. */
export const encodeReturning = (record: ReturningRecord): string =>
  JSON.stringify(record).replace(refusedBySqs, (character) => `\\u${character.charCodeAt(0).toString(16)}`);

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html, `MessageBody` */
const refusedBySqs = /[\ufffe\uffff]/g;

/** @throws Error when the text is not what `encodeReturning` writes */
export function decodeReturning(text: string): ReturningRecord {
  const { partition, key, value, headers }: Partial<ReturningRecord> = JSON.parse(text);
  const isText = (each: unknown) => typeof each === 'string';
  if (
    !Number.isInteger(partition) ||
    !(key === null || isText(key)) ||
    !isText(value) ||
    typeof headers !== 'object' ||
    headers === null ||
    !Object.values(headers).every(isText)
  )
    throw new Error('Reading a record from the retry queue: found something else than a returning record');
  return { partition, key, value, headers } as ReturningRecord;
}
