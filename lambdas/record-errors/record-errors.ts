import { decodeErrorRecord, type ErrorRecord, shortenRawRow } from '../shared/error-record.ts';
import type { FreshRecords } from '../shared/exactly-once.ts';
import type { KafkaRecord, Origin } from '../shared/kafka-event.ts';

/** A row of the errors table. */
export interface StoredError extends ErrorRecord {
  readonly location: string | null;
  readonly lineNumber: number | null;
  /** Where a bad message lies in Kafka; null for the row of a file. */
  readonly position: Origin | null;
  /** The consumer that gave the record up; null for a record that none has taken as valid. */
  readonly failedIn: string | null;
  readonly firstFailedAtMs: number | null;
  /** What the last attempt failed of. */
  readonly cause: string | null;
}

export interface Ports {
  readonly store: (errors: readonly StoredError[]) => Promise<void>;
}

/** Keeps every message of `error-data`, those that are not in its format too. */
export async function recordErrors(partitions: readonly FreshRecords[], { store }: Ports) {
  const errors = partitions.flatMap(({ records }) => records.map(toStoredError));
  if (errors.length > 0) await store(errors);
  return { stored: errors.length };
}

function toStoredError(record: KafkaRecord): StoredError {
  const { key, value, timestampMs, headers } = record;
  const error = decodeErrorRecord(value, timestampMs);
  if (!error) return malformedMessage(record);
  return {
    ...error,
    rawRow: error.rawRow === null ? null : shortenRawRow(error.rawRow),
    location: key,
    lineNumber: headers.row ?? null,
    position: headers.origin ?? null,
    failedIn: headers.failedIn ?? null,
    firstFailedAtMs: headers.firstFailedAtMs ?? null,
    cause: headers.cause ?? null,
  };
}

function malformedMessage({ topic, partition, offset, key, text, timestampMs }: KafkaRecord): StoredError {
  const found = text === null ? 'no value' : 'no JSON object';
  return {
    errorType: 'MALFORMED_MESSAGE',
    errorReason: `${topic}, partition ${partition}, offset ${offset}: found ${found}, expected a JSON object`,
    rawRow: text === null ? null : shortenRawRow(text),
    timestampMs,
    fileName: null,
    retryCount: 0,
    location: key,
    lineNumber: null,
    position: { topic, partition, offset },
    failedIn: null,
    firstFailedAtMs: null,
    cause: null,
  };
}
