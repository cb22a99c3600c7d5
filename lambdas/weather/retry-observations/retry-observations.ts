import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import { formatOrigin, type KafkaRecord, type Origin } from '../../shared/kafka/kafka-event.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import { topics } from '../../shared/kafka/topics.ts';
import type { ReturningRecord } from '../../shared/retry/redelivery-message.ts';
import { lastCause } from '../../shared/retry/retry-topic.ts';
import type { ErrorRecord } from '../../shared/wire/error-record.ts';
import { shortenKey, shortenRawRow } from '../../shared/wire/error-record.ts';
import { encodeObservation, type Observation, observationFromWire } from '../../shared/wire/observation.ts';

export interface RetryLimits {
  /** How often a record is tried again. */
  readonly attempts: number;
  readonly firstDelaySeconds: number;
  /** SQS delays by 900 s at most. */
  readonly maxDelaySeconds: number;
}

export interface DelayedRecord {
  readonly record: ReturningRecord;
  readonly delaySeconds: number;
}

/** The attempt that a consumer awaits of a record it deferred. */
export interface AwaitedAttempt {
  readonly consumer: string;
  readonly origin: Origin;
  readonly attempt: number;
}

export interface DeadLetter {
  readonly key: string | null;
  readonly error: ErrorRecord;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Ports {
  /** Returns when the queue has every record. */
  readonly delay: (records: readonly DelayedRecord[]) => Promise<void>;
  /** Settles attempts that will not be made, and returns those that were still awaited, each once. */
  readonly giveUp: (attempts: readonly Exhausted[]) => Promise<Exhausted[]>;
  /** Returns when `error-data` has every letter. */
  readonly bury: (letters: readonly DeadLetter[]) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly now: () => number;
}

interface Exhausted extends AwaitedAttempt {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

/**
 * Sends each record of `retry-data` back on its way after a delay that grows, and those that were tried often enough to
 * `error-data`. A record is given up only while its attempt is awaited: a copy whose deferral was never committed, or that was
 * doubled, comes to nothing here as it would in its consumer.
 */
export async function retryObservations(
  partitions: readonly FreshRecords[],
  limits: RetryLimits,
  { delay, giveUp, bury, random, now }: Ports,
) {
  const delayed: DelayedRecord[] = [];
  const exhausted: Exhausted[] = [];
  const letters: DeadLetter[] = [];
  for (const record of partitions.flatMap(({ records }) => records)) {
    try {
      const observation = observationFromWire(record.value);
      const deferral = deferralOf(record);
      const attempt = deferral?.attempt ?? observation.retry + 1;
      if (attempt <= limits.attempts) {
        const delaySeconds = delayOf(attempt, limits, random());
        delayed.push({ record: returning(record, observation, attempt, deferral), delaySeconds });
      } else if (deferral) exhausted.push({ ...deferral, record, observation });
      else letters.push(letter(record, outOfAttempts({ record, observation, attempt }, now())));
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      letters.push(letter(record, rejected(record, error, now())));
    }
  }

  if (exhausted.length > 0) {
    const givenUp = await giveUp(exhausted);
    letters.push(...givenUp.map((exhausted) => letter(exhausted.record, outOfAttempts(exhausted, now()))));
  }
  if (letters.length > 0) await bury(letters);
  if (delayed.length > 0) await delay(delayed);
  return { delayed: delayed.length, buried: letters.length };
}

/** What our own consumers say of a record they deferred; other producers leave it to the `retry` of the message. */
export function deferralOf({
  headers: { origin, attempt, retryFor },
}: KafkaRecord): AwaitedAttempt | undefined {
  return origin && attempt && retryFor !== undefined ? { consumer: retryFor, origin, attempt } : undefined;
}

/** Twice as long each time, with jitter, so that what failed together does not come back together. */
export function delayOf(
  attempt: number,
  { firstDelaySeconds, maxDelaySeconds }: RetryLimits,
  random: number,
): number {
  const longest = Math.min(maxDelaySeconds, firstDelaySeconds * 2 ** (attempt - 1));
  return Math.ceil(longest * (1 - random / 2));
}

/**
 * Written anew and not copied: of whatever size the message was, an observation has less than a kilobyte. Its history goes with
 * it, for the consumer that may have to add to it.
 */
function returning(
  record: KafkaRecord,
  observation: Observation,
  attempt: number,
  deferral: AwaitedAttempt | undefined,
): ReturningRecord {
  const { topic, partition, offset, headers } = record;
  const origin = deferral?.origin ?? { topic, partition, offset };
  return {
    key: observation.location,
    value: encodeObservation({ ...observation, retry: attempt }),
    partition: deferral ? deferral.origin.partition : partitionOf(observation.location, topics.weatherData),
    headers: {
      ...sourceHeaders(record),
      origin: formatOrigin(origin),
      ...(deferral ? { attempt: String(attempt), 'retry-for': deferral.consumer } : {}),
      ...(deferral && headers.cause !== undefined ? { cause: headers.cause } : {}),
      ...(headers.firstFailedAtMs !== undefined
        ? { 'first-failed-at': new Date(headers.firstFailedAtMs).toISOString() }
        : {}),
    },
  };
}

const sourceHeaders = ({ headers: { source, row } }: KafkaRecord): Record<string, string> =>
  source !== undefined && row !== undefined ? { source, row: String(row) } : {};

function letter(record: KafkaRecord, error: ErrorRecord): DeadLetter {
  const { topic, partition, offset, key, headers } = record;
  const deferral = deferralOf(record);
  return {
    key: shortenKey(key),
    error,
    headers: {
      ...sourceHeaders(record),
      origin: formatOrigin(headers.origin ?? { topic, partition, offset }),
      ...(deferral ? { 'failed-in': deferral.consumer, attempt: String(deferral.attempt) } : {}),
      ...(headers.cause !== undefined ? { cause: headers.cause } : {}),
      ...(headers.firstFailedAtMs !== undefined
        ? { 'first-failed-at': new Date(headers.firstFailedAtMs).toISOString() }
        : {}),
    },
  };
}

function outOfAttempts(
  { record, observation, attempt }: Pick<Exhausted, 'record' | 'observation' | 'attempt'>,
  nowMs: number,
): ErrorRecord {
  const { cause = 'no cause given', retryFor = 'its consumer', firstFailedAtMs } = record.headers;
  const since = firstFailedAtMs === undefined ? '' : ` since ${new Date(firstFailedAtMs).toISOString()}`;
  return {
    ...errorOf(record, nowMs),
    errorType: 'RETRY_EXHAUSTED',
    errorReason: `${retryFor} tried ${attempt} times${since}: ${lastCause(cause)}`,
    // Not the text, which may be too long to be kept whole: what is cut cannot be redriven.
    rawRow: encodeObservation(observation),
    retryCount: attempt - 1,
  };
}

function rejected(record: KafkaRecord, { errorType, message }: BadRecord, nowMs: number): ErrorRecord {
  const { topic, partition, offset } = record;
  return {
    ...errorOf(record, nowMs),
    errorType,
    errorReason: `${topic}, partition ${partition}, offset ${offset}: ${message}`,
    retryCount: 0,
  };
}

const errorOf = ({ text, headers: { source } }: KafkaRecord, timestampMs: number) => ({
  rawRow: text === null ? null : shortenRawRow(text),
  timestampMs,
  fileName: source === undefined ? null : source.slice(0, source.lastIndexOf('@')),
});
