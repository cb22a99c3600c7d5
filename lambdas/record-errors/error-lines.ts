import { gzipSync } from 'node:zlib';
import { wireError } from '../shared/error-record.ts';
import type { KafkaRecord } from '../shared/kafka-event.ts';
import { keyOfBatch } from '../shared/landed-objects.ts';
import type { StoredError } from './record-errors.ts';

/** Where the errors of a batch lie, by the day on which the first of them came to Kafka. */
export const objectKey = (first: Parameters<typeof keyOfBatch>[1]): string =>
  keyOfBatch('errors/error_date', first, 'json.gz');

/** A line of JSON for each error: what travels on `error-data`, what its headers say, and its place there. */
export function encodeErrorLines(
  errors: readonly { readonly record: KafkaRecord; readonly error: StoredError }[],
): Uint8Array {
  const lines = errors.map(({ record, error }) =>
    JSON.stringify({
      ...wireError(error),
      location: error.location,
      line_number: error.lineNumber,
      failed_in: error.failedIn,
      cause: error.cause,
      _topic: record.topic,
      _partition: record.partition,
      _offset: record.offset,
    }),
  );
  return gzipSync(lines.join('\n'));
}
