import { encodeErrorRecord } from '../shared/error-record.ts';
import { formatOrigin } from '../shared/kafka-event.ts';
import type { KafkaProducer } from '../shared/kafka-producer.ts';
import { topics } from '../shared/topics.ts';
import type { Rejection } from './land-observations.ts';

// A raw row is at most 8 k characters, 48 kB as JSON at the worst: a send stays below the 1 MiB that brokers take.
const rejectionsPerSend = 16;

/** Sends rejections to the only partition of `error-data`, under the origin that makes them count once. */
export async function sendRejections(
  { send }: KafkaProducer,
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
