import { gzipSync } from 'node:zlib';
import { keyOfBatch, parseKeyOfBatch } from '../../shared/exactly-once/landed-objects.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import { wireError } from '../../shared/wire/error-record.ts';
import type { StoredError } from './stored-error.ts';

export const errorLinesPrefix = 'errors/';

const [keyPrefix, ending] = [`${errorLinesPrefix}error_date`, 'json.gz'];

/** The key of the object with the errors of a batch, by the day on which Kafka received the first of them. */
export const objectKey = (first: Parameters<typeof keyOfBatch>[1]): string =>
  keyOfBatch(keyPrefix, first, ending);

/** The parts of a key; undefined for a key that `objectKey` does not make. */
export const parseObjectKey = (key: string) => parseKeyOfBatch(keyPrefix, key, ending);

/**
 * A line of JSON for each error: the message on `error-data`, its headers, and its position there. The mark
 * is stored as the file name in the gzip header, which readers skip. (DuckDB does not skip a comment.)
 */
export function encodeErrorLines(
  errors: readonly { readonly record: KafkaRecord; readonly error: StoredError }[],
  mark: string,
): Uint8Array {
  const lines = errors.map(({ record, error }) =>
    JSON.stringify({
      ...wireError(error),
      location: error.location,
      line_number: error.lineNumber,
      failed_in: error.failedIn,
      cause: error.cause,
      source: record.headers.source ?? null,
      _topic: record.topic,
      _partition: record.partition,
      _offset: record.offset,
    }),
  );
  return withFileName(gzipSync(lines.join('\n')), mark);
}

/**
 * Sets the FNAME bit in the fourth byte of the header and adds the name, ended by a zero byte. RFC 1952,
 * section 2.3
 */
function withFileName(gzipped: Buffer, name: string): Buffer {
  const header = Buffer.from(gzipped.subarray(0, 10));
  header.writeUInt8(header.readUInt8(3) | 0x08, 3);
  return Buffer.concat([header, Buffer.from(`${name}\0`, 'latin1'), gzipped.subarray(10)]);
}
