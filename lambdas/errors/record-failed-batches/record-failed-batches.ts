import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import { type Identity, identityOf, isOnRetryTopic } from '../../shared/exactly-once/identity.ts';
import { TopicMadeAnew } from '../../shared/exactly-once/made-anew.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import { type FileNotice, readFileNotices } from '../../shared/incoming/file-notices.ts';
import type { NameFiles } from '../../shared/incoming/ingested-files-table.ts';
import {
  clusterOf,
  decodeKafkaEvent,
  type KafkaEvent,
  type KafkaRecord,
  type Origin,
  topicsOf,
} from '../../shared/kafka/kafka-event.ts';
import { topicOf } from '../../shared/kafka/topic-generations.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { type AwaitedAttempt, awaitedAttemptOf } from '../../shared/retry/retry-topic.ts';
import { plausible } from '../../shared/wire/limits.ts';
import { observationFromWire } from '../../shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../shared/wire/scored-transaction.ts';
import type { StoredError } from '../record-errors/stored-error.ts';

/** A record of a batch that Lambda discarded, as a row of `error_weather_data`. */
export interface FailedRecord extends StoredError {
  readonly position: Origin;
  /** Its timestamp in Kafka. */
  readonly sentAtMs: number;
  /** The consumer that could not process the batch. */
  readonly batchOf: string;
  /**
   * Which retry the record was; no copy of it may take effect any more. Null for a record that was not a
   * retry.
   */
  readonly attempt: AwaitedAttempt | null;
  /**
   * The identity that duplicates of the record share. Null for a record that is known by its offset alone.
   */
  readonly identity: Identity | null;
}

export interface Ports {
  /** Reads the object with the batch. Undefined if it was deleted. */
  readonly read: (notice: FileNotice) => Promise<string | undefined>;
  /**
   * Stores the records that were not stored before and that no consumer has applied, and removes objects that
   * failed attempts left. Returns how many were stored.
   */
  readonly store: (failures: readonly FailedRecord[]) => Promise<number>;
  /**
   * Names the generations of its topic that a batch can be of, the most likely first. At least one.
   */
  readonly generationsOf: (batch: Pick<FailedBatch, 'topic' | 'cluster' | 'failedAtMs'>) => Promise<string[]>;
  readonly nameFiles: NameFiles;
  readonly log: Log;
}

/**
 * Stores each record of a discarded batch as a dead letter: a row of `error_weather_data` with type
 * BATCH_FAILED and status NEW, to be listed and redriven with `npm run errors`. Lambda discards a batch when
 * all attempts failed or its records are too old, and writes it to S3; the notice of that object starts this
 * function.
 *
 * Batches of a topic that was made anew are not recorded until its epoch is raised: then they are of its new
 * generation. Their notices wait in the queue, and then in its dead-letter queue.
 */
export function recordFailedBatches({ read, nameFiles, store, generationsOf, log }: Ports) {
  const recordBatch = async (notice: FileNotice) => {
    const text = await read(notice);
    if (text === undefined) return log.info('batch deleted', { ...notice });
    const batch = readBatch(text, notice);
    const { records, stored } = await storeAs(await generationsOf(batch), batch);
    log.info('batch recorded', { key: notice.key, records, stored });
  };

  /** Stores the batch as one of the first generation that its records can be of. */
  const storeAs = async (generations: readonly string[], batch: FailedBatch) => {
    const [generation = batch.topic, ...later] = generations;
    const records = recordsOf(batch, generation);
    const fileNameOf = await nameFiles(records.map(({ headers }) => headers.source));
    try {
      const stored = await store(records.map((record) => failureOf(record, batch, fileNameOf)));
      return { records: records.length, stored };
    } catch (error) {
      if (!(error instanceof TopicMadeAnew) || later.length === 0) throw error;
      return storeAs(later, batch);
    }
  };

  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const batchItemFailures: SQSBatchResponse['batchItemFailures'] = [];
    for (const { messageId, body } of Records) {
      try {
        for (const notice of readFileNotices(body)) await recordBatch(notice);
      } catch (error) {
        log.error('batch not recorded', { messageId, error });
        batchItemFailures.push({ itemIdentifier: messageId });
      }
    }
    return { batchItemFailures };
  };
}

interface FailedBatch {
  readonly batchOf: string;
  readonly condition: string;
  /** NaN if the batch does not tell. */
  readonly failedAtMs: number;
  readonly cluster: string;
  /** By its name in Kafka. A mapping of this project has one. */
  readonly topic: string;
  readonly event: KafkaEvent;
}

function readBatch(text: string, { bucket, key }: FileNotice): FailedBatch {
  try {
    return parseBatch(JSON.parse(text));
  } catch (cause) {
    throw new Error(`Reading the failed batch s3://${bucket}/${key} failed`, { cause });
  }
}

const recordsOf = ({ event, batchOf, topic }: FailedBatch, generation: string): KafkaRecord[] =>
  decodeKafkaEvent(event, () => generation).flatMap(({ records }) =>
    // A record with `retry-for` has no effect in any other consumer.
    records.filter(({ headers: { retryFor } }) => {
      return topic !== topics.weatherData.name || retryFor === undefined || retryFor === batchOf;
    }),
  );

/** https://docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html */
function parseBatch(wire: {
  readonly requestContext?: { readonly functionArn?: unknown; readonly condition?: unknown };
  readonly timestamp?: unknown;
  readonly payload?: unknown;
}): FailedBatch {
  const { requestContext: { functionArn, condition } = {}, timestamp, payload } = wire;
  const folder = /:function:isobar-[a-z]+-([a-z-]+)/.exec(String(functionArn))?.[1];
  if (!folder || typeof payload !== 'string')
    throw new Error('expected requestContext.functionArn of a function of this project, and a payload');
  const event: KafkaEvent = JSON.parse(payload);
  const [topic, ...others] = topicsOf(event);
  if (topic === undefined || others.length > 0)
    throw new Error(`the payload has records of ${others.length + 1} topics, expected one`);
  return {
    batchOf: folder,
    condition: String(condition),
    failedAtMs: Date.parse(String(timestamp)),
    cluster: clusterOf(event),
    topic,
    event,
  };
}

function failureOf(
  record: KafkaRecord,
  { batchOf, condition, failedAtMs }: FailedBatch,
  fileNameOf: (source: string | undefined) => string | null,
): FailedRecord {
  const { topic, partition, offset, key, text, timestampMs, headers } = record;
  return {
    errorType: 'BATCH_FAILED',
    errorReason: `${topic}, partition ${partition}, offset ${offset}: ${batchOf} could not process its batch (${condition})`,
    // Not shortened: Kafka may have deleted the record before it is redriven.
    rawRow: text,
    timestampMs: Number.isNaN(failedAtMs) ? timestampMs : failedAtMs,
    fileName: fileNameOf(headers.source),
    retryCount: headers.attempt ?? 0,
    location: key,
    lineNumber: headers.row ?? null,
    columns: null,
    position: { topic, partition, offset },
    sentAtMs: timestampMs,
    batchOf,
    attempt: awaitedAttemptOf(record) ?? null,
    identity: identityOf(record) ?? null,
    failedIn: onlyConsumerOf(record, batchOf),
    firstFailedAtMs: headers.firstFailedAtMs ?? null,
    cause: headers.cause === undefined ? condition : `${headers.cause}\n${condition}`,
  };
}

/**
 * The consumer that alone gets the record when it is redriven, because others may have processed it. Null for
 * a record that is not valid for its topic: no consumer has processed it.
 */
function onlyConsumerOf({ topic, value, headers }: KafkaRecord, batchOf: string): string | null {
  if (isOnRetryTopic(topic)) return headers.retryFor ?? null;
  const read = readers.get(topicOf(topic));
  if (!read) return null;
  try {
    read(value);
    return batchOf;
  } catch (error) {
    if (error instanceof BadRecord) return null;
    throw error;
  }
}

const readers = new Map<string, (value: unknown) => unknown>([
  [
    topics.weatherData.name,
    (value) => observationFromWire(value, { limits: plausible, receivedAtMs: Number.POSITIVE_INFINITY }),
  ],
  [topics.transactions.name, scoredTransactionFromWire],
]);
