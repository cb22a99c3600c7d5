import type { KafkaRecord, Origin } from '../../shared/kafka/kafka-event.ts';
import { decodeErrorRecord, type ErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';

/** A row of the errors table. */
export interface StoredError extends ErrorRecord {
  readonly location: string | null;
  readonly lineNumber: number | null;
  /** Which cell of the raw row each field is; null for the documented order. */
  readonly columns: string | null;
  /** Where a bad message lies in Kafka; null for the row of a file. */
  readonly position: Origin | null;
  /** The consumer that gave the record up; null for a record that none has taken as valid. */
  readonly failedIn: string | null;
  readonly firstFailedAtMs: number | null;
  /** What each attempt failed of, a line for each, the last one last. */
  readonly cause: string | null;
}

export function toStoredError(record: KafkaRecord): StoredError {
  const { key, value, timestampMs, headers } = record;
  const error = decodeErrorRecord(value, timestampMs);
  if (!error) return malformedMessage(record);
  return {
    ...error,
    rawRow: error.rawRow === null ? null : shortenRawRow(error.rawRow),
    location: key,
    lineNumber: headers.row ?? null,
    columns: headers.columns ?? null,
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
    columns: null,
    position: { topic, partition, offset },
    failedIn: null,
    firstFailedAtMs: null,
    cause: null,
  };
}
