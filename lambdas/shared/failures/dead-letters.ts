import type { KafkaRecord } from '../kafka/kafka-event.ts';
import type { KafkaProducer } from '../kafka/kafka-producer.ts';
import { encodeHeaders, type OutgoingHeaders } from '../kafka/record-headers.ts';
import { sendInChunks } from '../kafka/send-in-chunks.ts';
import { topics } from '../kafka/topics.ts';
import { type ErrorRecord, encodeErrorRecord, shortenKey, shortenRawRow } from '../wire/error-record.ts';
import type { BadRecord } from './failures.ts';

/**
 * A message for `error-data`: a record that will not be processed, and why. Its origin makes every copy of it
 * count as one.
 */
export interface DeadLetter {
  readonly key: string | null;
  readonly error: ErrorRecord;
  readonly headers: OutgoingHeaders;
}

/** The dead letter of a record that a consumer found to be invalid. */
export function deadLetterOf(
  record: KafkaRecord,
  { errorType, message }: BadRecord,
  nowMs: number,
): DeadLetter {
  const { topic, partition, offset, key, text, headers } = record;
  return {
    key: shortenKey(key),
    error: {
      errorType,
      errorReason: `${topic}, partition ${partition}, offset ${offset}: ${message}`,
      rawRow: text === null ? null : shortenRawRow(text),
      timestampMs: nowMs,
      fileName: null,
      retryCount: 0,
    },
    headers: { origin: headers.origin ?? { topic, partition, offset } },
  };
}

/**
 * The raw row is at most 48 kB as JSON, and the headers 14 kB: a send stays below the 1 MiB that brokers
 * accept.
 */
const lettersPerSend = 12;

/** Sends dead letters to the only partition of `error-data`. Returns when all are acknowledged. */
export async function sendDeadLetters(
  { send }: Pick<KafkaProducer, 'send'>,
  letters: readonly DeadLetter[],
): Promise<void> {
  const messages = letters.map(({ key, error, headers }) => ({
    key,
    value: encodeErrorRecord(error),
    headers: encodeHeaders(headers),
  }));
  await sendInChunks({ send }, { topic: topics.errorData.name, partition: 0, messages }, lettersPerSend);
}
