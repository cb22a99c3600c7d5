import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Log } from '../../shared/aws/log.ts';
import { type Identity, identityOf } from '../../shared/exactly-once/identity.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import { type FileNotice, readFileNotices } from '../../shared/incoming/file-notices.ts';
import { decodeKafkaEvent, type KafkaRecord, type Origin } from '../../shared/kafka/kafka-event.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { type AwaitedAttempt, awaitedAttemptOf } from '../../shared/retry/retry-topic.ts';
import { observationFromWire } from '../../shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../shared/wire/scored-transaction.ts';
import type { StoredError } from '../record-errors/stored-error.ts';

/** One record of a batch that Lambda gave up, as a row of the errors table. */
export interface FailedRecord extends StoredError {
  readonly position: Origin;
  /** When it came to Kafka. */
  readonly sentAtMs: number;
  /** The consumer whose batch it was. */
  readonly batchOf: string;
  /** The retry that it was: no copy of it may take effect any more. Null for a record that was none. */
  readonly attempt: AwaitedAttempt | null;
  /** What it has in common with copies of it that were sent besides. Null for what is known by its offset alone. */
  readonly identity: Identity | null;
}

export interface Ports {
  /** What Lambda handed in; undefined when it is gone. */
  readonly read: (notice: FileNotice) => Promise<string | undefined>;
  /** Keeps those that were not kept before and whose effect is still owed, removes what attempts left of them, and returns how many. */
  readonly store: (failures: readonly FailedRecord[]) => Promise<number>;
  readonly log: Log;
}

/** Makes a dead letter of each record of the batches that no attempt could process, so that they can be seen and redriven. */
export function recordFailedBatches({ read, store, log }: Ports) {
  const recordBatch = async (notice: FileNotice) => {
    const text = await read(notice);
    if (text === undefined) return log.info('batch deleted', { ...notice });
    const failures = failuresOf(text, notice);
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

function failuresOf(text: string, { bucket, key }: FileNotice): FailedRecord[] {
  try {
    const batch = parseBatch(JSON.parse(text));
    return decodeKafkaEvent(JSON.parse(batch.payload)).flatMap(({ records }) =>
      // Others than its consumer have, or had, a retry of their own.
      records
        .filter(({ topic, headers: { retryFor } }) => {
          return topic !== topics.weatherData.name || retryFor === undefined || retryFor === batch.batchOf;
        })
        .map((record) => failureOf(record, batch)),
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
  if (!folder || typeof payload !== 'string') throw new Error('found no functionArn of ours, or no payload');
  return {
    batchOf: folder,
    condition: String(condition),
    failedAtMs: Date.parse(String(timestamp)),
    payload,
  };
}

function failureOf(record: KafkaRecord, { batchOf, condition, failedAtMs }: FailedBatch): FailedRecord {
  const { topic, partition, offset, key, text, timestampMs, headers } = record;
  return {
    errorType: 'BATCH_FAILED',
    errorReason: `${topic}, partition ${partition}, offset ${offset}: ${batchOf} could not process its batch (${condition})`,
    // Whole, since Kafka may have forgotten the record by the time it is redriven.
    rawRow: text,
    timestampMs: Number.isNaN(failedAtMs) ? timestampMs : failedAtMs,
    fileName: headers.source === undefined ? null : headers.source.slice(0, headers.source.lastIndexOf('@')),
    retryCount: headers.attempt ?? 0,
    location: key,
    lineNumber: headers.row ?? null,
    columns: null,
    position: { topic, partition, offset },
    sentAtMs: timestampMs,
    batchOf,
    attempt: awaitedAttemptOf(record) ?? null,
    identity: identityOf(record) ?? null,
    failedIn: awaitedBy(record, batchOf),
    firstFailedAtMs: headers.firstFailedAtMs ?? null,
    cause: headers.cause === undefined ? condition : `${headers.cause}\n${condition}`,
  };
}

/** Who alone is to get the record again: nobody else has seen it fail. What is not what its topic has, none has taken. */
function awaitedBy({ topic, value, headers }: KafkaRecord, batchOf: string): string | null {
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
  [topics.weatherData.name, observationFromWire],
  [topics.transactions.name, scoredTransactionFromWire],
]);
