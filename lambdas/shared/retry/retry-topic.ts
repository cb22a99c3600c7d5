import { BadRecord } from '../failures/failures.ts';
import type { KafkaRecord, Origin } from '../kafka/kafka-event.ts';
import { type KafkaProducer, type Message, partitionOf } from '../kafka/kafka-producer.ts';
import { encodeHeaders } from '../kafka/record-headers.ts';
import { sendInChunks } from '../kafka/send-in-chunks.ts';
import type { Topic } from '../kafka/topics.ts';
import { shortenKey, shortenRawRow } from '../wire/error-record.ts';

/** A record that one consumer could not process now, and the error it failed with. */
export interface Deferred {
  readonly record: KafkaRecord;
  readonly cause: Error;
}

/**
 * The retry that a consumer expects of a record it deferred. Any other copy of the record has no effect
 * there.
 */
export interface AwaitedAttempt {
  readonly consumer: string;
  readonly origin: Origin;
  readonly attempt: number;
}

/**
 * Reads from its headers which retry a record is. Undefined for a record that no consumer of ours deferred.
 */
export function awaitedAttemptOf({
  headers: { origin, attempt, retryFor },
}: Pick<KafkaRecord, 'headers'>): AwaitedAttempt | undefined {
  return origin && attempt && retryFor !== undefined ? { consumer: retryFor, origin, attempt } : undefined;
}

/** The origin and number of the next retry of a record. A record that was itself a retry keeps its origin. */
export function nextAttempt(record: KafkaRecord): Pick<AwaitedAttempt, 'origin' | 'attempt'> {
  const { topic, partition, offset } = record;
  const { origin, attempt } = awaitedAttemptOf(record) ?? {
    origin: { topic, partition, offset },
    attempt: 0,
  };
  return { origin, attempt: attempt + 1 };
}

export interface RetryTopicOptions {
  /** The consumer that defers. No other one sees its retries. */
  readonly consumer: string;
  /** The topic on which deferred records wait for their delay. */
  readonly topic: Topic;
  /**
   * Encodes a record's value again, with nothing but the fields that its consumers read. The record itself
   * may be as large as brokers accept, and would be too large with more headers. Throws BadRecord for a value
   * of another type.
   */
  readonly encodeAgain: (value: unknown) => Pick<Message, 'key' | 'value'>;
  readonly now: () => number;
}

/** A message has about 600 bytes, and 15 kB in the worst case; brokers accept 1 MiB in one send. */
const messagesPerSend = 64;

/** Sends deferred records to their retry topic, and returns when all are acknowledged there. */
export function retryTopic({ send }: Pick<KafkaProducer, 'send'>, options: RetryTopicOptions) {
  const { topic } = options;
  return async (deferred: readonly Deferred[]): Promise<void> => {
    const all = deferred.map((each) => retryMessage(each, options));
    for (const [partition, messages] of Map.groupBy(all, ({ key }) => partitionOf(key ?? '', topic)))
      await sendInChunks({ send }, { topic: topic.name, partition, messages }, messagesPerSend);
  };
}

function retryMessage(
  { record, cause }: Deferred,
  { consumer, encodeAgain, now }: RetryTopicOptions,
): Message {
  const nowMs = now();
  const { source, row, firstFailedAtMs = nowMs, cause: earlierCauses } = record.headers;
  return {
    ...smallCopyOf(record, encodeAgain),
    headers: encodeHeaders({
      ...nextAttempt(record),
      retryFor: consumer,
      source,
      row,
      firstFailedAtMs,
      cause: addCause(earlierCauses, cause, nowMs),
    }),
  };
}

/** A record of another type becomes a dead letter later, which keeps only this much of its text. */
function smallCopyOf(
  { key, text, value }: KafkaRecord,
  encodeAgain: RetryTopicOptions['encodeAgain'],
): Pick<Message, 'key' | 'value'> {
  try {
    return encodeAgain(value);
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    return { key: shortenKey(key), value: shortenRawRow(text ?? '') };
  }
}

const maxCauseChars = 300;
const maxCauses = 10;

/** Adds a line to the causes of earlier attempts, oldest first, and drops the oldest beyond the limit. */
function addCause(earlier: string | undefined, { message }: Error, nowMs: number): string {
  const line = `${new Date(nowMs).toISOString()}: ${message.replace(/\s+/g, ' ').slice(0, maxCauseChars)}`;
  const lines = [...(earlier?.split('\n') ?? []), line.toWellFormed()];
  return lines.slice(-maxCauses).join('\n');
}

/** The message of the last attempt, without its time. */
export const lastCause = (causes: string): string =>
  (causes.split('\n').at(-1) ?? '').replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /, '');
