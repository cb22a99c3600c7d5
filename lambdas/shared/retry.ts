import { formatOrigin, type KafkaRecord, type Origin } from './kafka-event.ts';
import { type KafkaProducer, type Message, partitionOf } from './kafka-producer.ts';
import { topics } from './topics.ts';

/** A record that one consumer could not process now, and what it failed of. */
export interface Deferred {
  readonly record: KafkaRecord;
  readonly cause: Error;
}

/** Under which origin and number a deferred record comes back: a record that was itself a retry keeps its origin. */
export function nextAttempt({ topic, partition, offset, headers }: KafkaRecord): {
  origin: Origin;
  attempt: number;
} {
  const { origin, attempt = 0, retryFor } = headers;
  if (origin && attempt > 0 && retryFor !== undefined) return { origin, attempt: attempt + 1 };
  return { origin: { topic, partition, offset }, attempt: 1 };
}

/** Sends deferred records to `retry-data`, and returns when all are acknowledged there. */
export function retryTopic(
  { send }: Pick<KafkaProducer, 'send'>,
  { consumer, now }: { consumer: string; now: () => number },
) {
  return async (deferred: readonly Deferred[]): Promise<void> => {
    const byPartition = Map.groupBy(deferred, ({ record }) =>
      partitionOf(record.key ?? '', topics.retryData),
    );
    for (const [partition, records] of byPartition) {
      for (let from = 0; from < records.length; from += messagesPerSend) {
        const messages = records
          .slice(from, from + messagesPerSend)
          .map((each) => retryMessage(each, consumer, now()));
        await send({ topic: topics.retryData.name, partition, messages });
      }
    }
  };
}

/** Observations have some 200 bytes; brokers take 1 MiB at once. */
const messagesPerSend = 500;

function retryMessage({ record, cause }: Deferred, consumer: string, nowMs: number): Message {
  const { key, text, headers } = record;
  const { origin, attempt } = nextAttempt(record);
  return {
    key,
    value: text ?? '',
    headers: {
      origin: formatOrigin(origin),
      attempt: String(attempt),
      'first-failed-at': new Date(headers.firstFailedAtMs ?? nowMs).toISOString(),
      cause: cause.message.slice(0, maxCauseChars).toWellFormed(),
      'retry-for': consumer,
      ...(headers.source !== undefined && headers.row !== undefined
        ? { source: headers.source, row: String(headers.row) }
        : {}),
    },
  };
}

const maxCauseChars = 500;
