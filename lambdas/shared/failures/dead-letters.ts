import { formatOrigin, type KafkaRecord, type Origin } from '../kafka/kafka-event.ts';
import type { KafkaProducer } from '../kafka/kafka-producer.ts';
import { topics } from '../kafka/topics.ts';
import { type ErrorRecord, encodeErrorRecord, shortenKey, shortenRawRow } from '../wire/error-record.ts';
import type { BadRecord } from './failures.ts';

/** A record that a consumer does not take, and why. */
export interface Rejection {
  readonly origin: Origin;
  readonly key: string | null;
  readonly error: ErrorRecord;
}

export function rejectionOf(
  record: KafkaRecord,
  { errorType, message }: BadRecord,
  nowMs: number,
): Rejection {
  const { topic, partition, offset, key, text, headers } = record;
  return {
    origin: headers.origin ?? { topic, partition, offset },
    key: shortenKey(key),
    error: {
      errorType,
      errorReason: `${topic}, partition ${partition}, offset ${offset}: ${message}`,
      rawRow: text === null ? null : shortenRawRow(text),
      timestampMs: nowMs,
      fileName: null,
      retryCount: 0,
    },
  };
}

// A raw row is at most 8 k characters, 48 kB as JSON at the worst: a send stays below the 1 MiB that brokers take.
const rejectionsPerSend = 16;

/** Sends rejections to the only partition of `error-data`, under the origin that makes them count once. */
export async function sendRejections(
  { send }: Pick<KafkaProducer, 'send'>,
  rejections: readonly Rejection[],
): Promise<void> {
  for (let from = 0; from < rejections.length; from += rejectionsPerSend) {
    const messages = rejections.slice(from, from + rejectionsPerSend).map(({ origin, key, error }) => ({
      key,
      value: encodeErrorRecord(error),
      headers: { origin: formatOrigin(origin) },
    }));
    await send({ topic: topics.errorData.name, partition: 0, messages });
  }
}
