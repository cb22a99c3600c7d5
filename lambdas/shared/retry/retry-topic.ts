import { BadRecord } from '../failures/failures.ts';
import { formatOrigin, type KafkaRecord, type Origin } from '../kafka/kafka-event.ts';
import { type KafkaProducer, type Message, partitionOf } from '../kafka/kafka-producer.ts';
import { topics } from '../kafka/topics.ts';
import { shortenKey, shortenRawRow } from '../wire/error-record.ts';
import { encodeObservation, observationFromWire } from '../wire/observation.ts';

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
    const messages = deferred.map((each) => retryMessage(each, consumer, now()));
    const byPartition = Map.groupBy(messages, ({ key }) => partitionOf(key ?? '', topics.retryData));
    for (const [partition, all] of byPartition) {
      for (let from = 0; from < all.length; from += messagesPerSend) {
        const some = all.slice(from, from + messagesPerSend);
        await send({ topic: topics.retryData.name, partition, messages: some });
      }
    }
  };
}

/** A message has some 600 bytes, and 15 kB at the worst; brokers take 1 MiB at once. */
const messagesPerSend = 64;

function retryMessage({ record, cause }: Deferred, consumer: string, nowMs: number): Message {
  const { headers } = record;
  const { origin, attempt } = nextAttempt(record);
  return {
    ...smallCopyOf(record),
    headers: {
      origin: formatOrigin(origin),
      attempt: String(attempt),
      'first-failed-at': new Date(headers.firstFailedAtMs ?? nowMs).toISOString(),
      cause: history(headers.cause, cause, nowMs),
      'retry-for': consumer,
      ...(headers.source !== undefined && headers.row !== undefined
        ? { source: headers.source, row: String(headers.row) }
        : {}),
    },
  };
}

/** What a record failed of each time, a line for each attempt, the last one last. Of very many the oldest are left out. */
function history(before: string | undefined, { message }: Error, nowMs: number): string {
  const line = `${new Date(nowMs).toISOString()}: ${message.replace(/\s+/g, ' ').slice(0, maxCauseChars)}`;
  const lines = [...(before?.split('\n') ?? []), line.toWellFormed()];
  return lines.slice(-maxCauses).join('\n');
}

/** The message in the last line of a history. */
export const lastCause = (causes: string): string =>
  (causes.split('\n').at(-1) ?? '').replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /, '');

const maxCauseChars = 300;
const maxCauses = 10;

/**
 * Written anew and not copied: a record may be as large as the brokers take, and then is too large with more headers. What is no
 * observation becomes a dead letter on its way, of which only so much is kept.
 */
function smallCopyOf({ key, text, value }: KafkaRecord): Pick<Message, 'key' | 'value'> {
  try {
    const observation = observationFromWire(value);
    return { key: observation.location, value: encodeObservation(observation) };
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    return { key: shortenKey(key), value: shortenRawRow(text ?? '') };
  }
}
