import { parseTimestamp } from '../kafka/timestamp.ts';

/** Every error type that this system writes. Other producers of `error-data` may write types of their own. */
export const errorTypes = [
  'MISSING_FIELD',
  'TYPE_ERROR',
  'DATE_ERROR',
  'RANGE_ERROR',
  'MALFORMED_ROW',
  'UNREADABLE_FILE',
  'FORMAT_MISMATCH',
  'MALFORMED_MESSAGE',
  'RETRY_EXHAUSTED',
  'BATCH_FAILED',
  'UNKNOWN_TRANSACTION',
  'CONTRADICTORY_LABEL',
] as const;

export type ErrorType = (typeof errorTypes)[number];

export const isErrorType = (type: string): type is ErrorType => errorTypes.some((known) => known === type);

/** An error record: a rejected row or message, and the reason. */
export interface ErrorRecord {
  readonly errorType: string;
  readonly errorReason: string;
  readonly rawRow: string | null;
  readonly timestampMs: number;
  /** The object key of the file. Null for a record from Kafka. */
  readonly fileName: string | null;
  readonly retryCount: number;
}

const maxRawRowChars = 8_192;

/** Shortens a raw row for a message or a table, and adds its full length. */
export function shortenRawRow(rawRow: string, fullBytes = Buffer.byteLength(rawRow)): string {
  if (rawRow.length <= maxRawRowChars && Buffer.byteLength(rawRow) === fullBytes) return rawRow;
  return `${rawRow.slice(0, maxRawRowChars).toWellFormed()}… (${fullBytes} bytes in all)`;
}

const maxKeyChars = 200;

/** Shortens a key. One of another producer could make the message larger than brokers accept. */
export const shortenKey = (key: string | null): string | null =>
  key === null ? null : key.slice(0, maxKeyChars).toWellFormed();

/** The JSON of `error-data`. Producers and consumers outside this project use the same format. */
export const encodeErrorRecord = (record: ErrorRecord): string => JSON.stringify(wireError(record));

export const wireError = (record: ErrorRecord) => ({
  error_type: record.errorType,
  error_reason: record.errorReason,
  raw_row: record.rawRow,
  timestamp: new Date(record.timestampMs).toISOString(),
  file_name: record.fileName,
  retry_count: record.retryCount,
});

/**
 * Reads a JSON object of `error-data`, with missing or odd fields too: no error may be lost. Returns
 * undefined for any other value. `fallbackTimestampMs` replaces a missing or invalid `timestamp`.
 */
export function decodeErrorRecord(value: unknown, fallbackTimestampMs: number): ErrorRecord | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const wire: Record<string, unknown> = { ...value };
  const retryCount = Number(wire.retry_count ?? 0);
  return {
    errorType: textOf(wire.error_type) || 'UNKNOWN',
    errorReason: textOf(wire.error_reason) ?? '',
    rawRow: textOf(wire.raw_row),
    timestampMs: parseTimestamp(wire.timestamp) ?? fallbackTimestampMs,
    fileName: textOf(wire.file_name),
    retryCount: Number.isInteger(retryCount) && retryCount >= 0 && retryCount < 2 ** 31 ? retryCount : 0,
  };
}

/** Some producers send the raw row as a parsed object. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
