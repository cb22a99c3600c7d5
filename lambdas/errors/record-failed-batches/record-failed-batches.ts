import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import { type Identity, identityOf } from '../../shared/exactly-once/identity.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import { type FileNotice, readFileNotices } from '../../shared/incoming/file-notices.ts';
import type { NameFiles } from '../../shared/incoming/ingested-files-table.ts';
import { decodeKafkaEvent, type KafkaRecord, type Origin } from '../../shared/kafka/kafka-event.ts';
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
  readonly nameFiles: NameFiles;
  readonly log: Log;
}

/**
 * Stores each record of a discarded batch as a dead letter: a row of `error_weather_data` with type
 * BATCH_FAILED and status NEW, to be listed and redriven with `npm run errors`. Lambda discards a batch when
 * all attempts failed or its records are too old, and writes it to S3; the notice of that object starts this
 * function.
 */
export function recordFailedBatches({ read, nameFiles, store, log }: Ports) {
  const recordBatch = async (notice: FileNotice) => {
    const text = await read(notice);
    if (text === undefined) return log.info('batch deleted', { ...notice });
    const failed = failuresOf(text, notice);
    const fileNameOf = await nameFiles(failed.map(({ record }) => record.headers.source));
    const failures = failed.map(({ record, batch }) => failureOf(record, batch, fileNameOf));
    const stored = await store(failures);
    log.info('batch recorded', { key: notice.key, records: failures.length, stored });
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
  readonly failedAtMs: number;
  readonly payload: string;
}

function failuresOf(
  text: string,
  { bucket, key }: FileNotice,
): { readonly record: KafkaRecord; readonly batch: FailedBatch }[] {
  try {
    const batch = parseBatch(JSON.parse(text));
    return decodeKafkaEvent(JSON.parse(batch.payload)).flatMap(({ records }) =>
      // A record with `retry-for` has no effect in any other consumer.
      records
        .filter(({ topic, headers: { retryFor } }) => {
          return topic !== topics.weatherData.name || retryFor === undefined || retryFor === batch.batchOf;
        })
        .map((record) => ({ record, batch })),
    );
  } catch (cause) {
    throw new Error(`Reading the failed batch s3://${bucket}/${key} failed`, { cause });
  }
}

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
  return {
    batchOf: folder,
    condition: String(condition),
    failedAtMs: Date.parse(String(timestamp)),
    payload,
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
  if (topic === topics.retryData.name) return headers.retryFor ?? null;
  const read = readers.get(topic);
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
