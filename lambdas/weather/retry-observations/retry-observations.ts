import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { type DeadLetter, deadLetterOf } from '../../shared/failures/dead-letters.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import type { NameFiles } from '../../shared/incoming/ingested-files-table.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import { encodeHeaders, type OutgoingHeaders } from '../../shared/kafka/record-headers.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { type BackoffLimits, backoffSeconds } from '../../shared/retry/backoff.ts';
import type { RedeliveryMessage } from '../../shared/retry/redelivery-message.ts';
import { type AwaitedAttempt, awaitedAttemptOf, lastCause } from '../../shared/retry/retry-topic.ts';
import { shortenKey } from '../../shared/wire/error-record.ts';
import type { Limits } from '../../shared/wire/limits.ts';
import {
  encodeObservation,
  type Observation,
  observationFromWire,
  observationMessage,
} from '../../shared/wire/observation.ts';

export interface RetryLimits extends BackoffLimits {
  readonly plausible: Limits;
  /** How many retries a record gets. */
  readonly attempts: number;
}

export interface DelayedMessage {
  readonly message: RedeliveryMessage;
  readonly delaySeconds: number;
}

export interface Ports {
  /** Returns when the queue has every message. */
  readonly delay: (messages: readonly DelayedMessage[]) => Promise<void>;
  /** Ends attempts that will not be made, and returns those that were still awaited, each once. */
  readonly giveUp: (attempts: readonly Exhausted[]) => Promise<Exhausted[]>;
  readonly nameFiles: NameFiles;
  /** Returns when every dead letter is acknowledged on `error-data`. */
  readonly deadLetter: (letters: readonly DeadLetter[]) => Promise<void>;
  /** Adds to the number of retries, in the transaction of the batch. */
  readonly count: (retries: readonly CountedRetry[]) => Promise<void>;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly now: () => number;
}

/** How many records of a partition wait for this attempt. */
export interface CountedRetry {
  readonly partition: number;
  readonly attempt: number;
  readonly by: number;
}

interface Rejected {
  readonly record: KafkaRecord;
  readonly letter: DeadLetter;
}

interface Exhausted extends AwaitedAttempt {
  readonly record: KafkaRecord;
  readonly observation: Observation;
}

/**
 * Delays each record of `retry-data` in a queue, longer after each attempt. return-observations then sends it
 * back to `weather-data`.
 *
 * A record that fails for ever ends in the table `error_weather_data`: after its last attempt it becomes a
 * dead letter on `error-data`, which record-errors stores as a row with type RETRY_EXHAUSTED and status NEW.
 * An invalid record becomes a dead letter at once.
 *
 * A deferred record is given up only while its attempt is awaited. Other copies of it have no effect, here or
 * in its consumer.
 */
export async function retryObservations(
  partitions: readonly FreshRecords[],
  limits: RetryLimits,
  { delay, giveUp, nameFiles, deadLetter, count, random, now }: Ports,
) {
  const delayed: DelayedMessage[] = [];
  const retries: CountedRetry[] = [];
  const exhausted: Exhausted[] = [];
  const rejected: Rejected[] = [];
  for (const record of partitions.flatMap(({ records }) => records)) {
    try {
      const observation = observationFromWire(record.value, {
        limits: limits.plausible,
        receivedAtMs: record.timestampMs,
      });
      const awaited = awaitedAttemptOf(record);
      const attempt = awaited?.attempt ?? observation.retry + 1;
      if (attempt <= limits.attempts) {
        const delaySeconds = backoffSeconds(attempt, limits, random());
        delayed.push({ message: redelivery(record, observation, attempt), delaySeconds });
        retries.push({ partition: record.partition, attempt, by: 1 });
      } else if (awaited) exhausted.push({ ...awaited, record, observation });
      else rejected.push({ record, letter: exhaustedLetter({ record, observation, attempt }, now()) });
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      rejected.push({ record, letter: invalidLetter(record, error, now()) });
    }
  }

  if (exhausted.length > 0) {
    const givenUp = await giveUp(exhausted);
    rejected.push(...givenUp.map((each) => ({ ...each, letter: exhaustedLetter(each, now()) })));
  }
  if (rejected.length > 0) {
    const fileNameOf = await nameFiles(rejected.map(({ record }) => record.headers.source));
    const named = ({ record, letter }: Rejected) => {
      return { ...letter, error: { ...letter.error, fileName: fileNameOf(record.headers.source) } };
    };
    await deadLetter(rejected.map(named));
  }
  if (delayed.length > 0) await delay(delayed);
  if (retries.length > 0) await count(retries);
  return { delayed: delayed.length, deadLettered: rejected.length };
}

/**
 * Encodes the observation again instead of copying the message, which may be too large for the queue. The
 * history goes with it, for the consumer that may have to add to it. Other producers count attempts in
 * `retry` alone, and their records return to every consumer.
 */
function redelivery(record: KafkaRecord, observation: Observation, attempt: number): RedeliveryMessage {
  const { topic, partition, offset, headers } = record;
  const { source, row, firstFailedAtMs, cause } = headers;
  const awaited = awaitedAttemptOf(record);
  const message = observationMessage({ ...observation, retry: attempt });
  return {
    ...message,
    partition: awaited ? awaited.origin.partition : partitionOf(message.key, topics.weatherData),
    headers: encodeHeaders({
      source,
      row,
      firstFailedAtMs,
      ...(awaited
        ? { origin: awaited.origin, attempt, retryFor: awaited.consumer, cause }
        : { origin: { topic, partition, offset } }),
    }),
  };
}

function exhaustedLetter(
  { record, observation, attempt }: Pick<Exhausted, 'record' | 'observation' | 'attempt'>,
  nowMs: number,
): DeadLetter {
  const { cause = 'no cause given', retryFor = 'its consumer', firstFailedAtMs } = record.headers;
  const since = firstFailedAtMs === undefined ? '' : ` since ${new Date(firstFailedAtMs).toISOString()}`;
  return {
    key: shortenKey(record.key),
    error: {
      errorType: 'RETRY_EXHAUSTED',
      errorReason: `${retryFor} tried ${attempt} times${since}: ${lastCause(cause)}`,
      // Encoded again: the text of the record may be too long to be kept whole, and could then not be
      // redriven.
      rawRow: encodeObservation(observation),
      timestampMs: nowMs,
      fileName: null,
      retryCount: attempt - 1,
    },
    headers: historyOf(record),
  };
}

function invalidLetter(record: KafkaRecord, error: BadRecord, nowMs: number): DeadLetter {
  return { ...deadLetterOf(record, error, nowMs), headers: historyOf(record) };
}

function historyOf(record: KafkaRecord): OutgoingHeaders {
  const { topic, partition, offset, headers } = record;
  const { source, row, origin = { topic, partition, offset }, cause, firstFailedAtMs } = headers;
  const awaited = awaitedAttemptOf(record);
  return {
    source,
    row,
    origin,
    cause,
    firstFailedAtMs,
    failedIn: awaited?.consumer,
    attempt: awaited?.attempt,
  };
}
