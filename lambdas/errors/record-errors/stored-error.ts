import type { KafkaRecord, Origin } from '../../shared/kafka/kafka-event.ts';
import { decodeErrorRecord, type ErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';

/** A row of `error_weather_data`. */
export interface StoredError extends ErrorRecord {
  readonly location: string | null;
  readonly lineNumber: number | null;
  /**
   * For each field, the index of its cell in the raw row, as `0,1,3,2,4,5`. Null for the documented order.
   */
  readonly columns: string | null;
  /** The position of a bad record in Kafka. Null for a row of a file. */
  readonly position: Origin | null;
  /**
   * The consumer that could not process the record. Null for an invalid record, which no consumer has
   * processed.
   */
  readonly failedIn: string | null;
  readonly firstFailedAtMs: number | null;
  /** The error of each attempt, a line each, the last attempt last. */
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
