import { crc32c } from '@platformatic/wasm-utils/bundled';

/**
 * One batch of records as a broker stores it, decompressed but not decoded. `event.ts` turns its records into
 * JSON. https://kafka.apache.org/documentation/#recordbatch
 */
export type RecordBatch = {
  /** Offset of the last record. kafkajs takes the batch for a message, and reads this field. */
  offset: string;
  firstOffset: number;
  firstTimestamp: number;
  /** When the broker appended the batch; set only where the topic uses LOG_APPEND_TIME. */
  appendedAt: number | undefined;
  /** 0 for a control batch: its offset counts as processed, but it holds nothing to deliver. */
  count: number;
  records: Buffer;
  producerId: string;
  isTransactional: boolean;
  isAbortMarker: boolean;
  /** When its fetch began, in the session's logical time (fetch-clock.ts). */
  fetchStartedAt: number;
};

export const isRecordBatch = (message: object): message is RecordBatch => 'records' in message;

/** Where the fields of a batch are. */
const FIELD = {
  firstOffset: 0,
  length: 8,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
};
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** Where the batch ends that starts at `start`; it may lie past the end of `bytes`. */
export const endOfBatch = (bytes: Buffer, start: number): number =>
  start + FIELD.length + 4 + bytes.readInt32BE(start + FIELD.length);

type Codec = { decompress: (buffer: Buffer) => Promise<Buffer> };

/** Reads one whole batch. `codecFor` finds the codec for a batch's attributes, or null for plain records. */
export async function readBatch(
  batch: Buffer,
  codecFor: (attributes: number) => Codec | null,
): Promise<RecordBatch> {
  const attributes = batch.readInt16BE(FIELD.attributes);
  const count = batch.readInt32BE(FIELD.count);
  const codec = codecFor(attributes);
  const records = codec && count > 0 ? await decompress(batch, codec) : batch.subarray(FIELD.records);
  const isControl = (attributes & CONTROL) !== 0;
  const firstOffset = batch.readBigInt64BE(FIELD.firstOffset);
  return {
    offset: String(firstOffset + BigInt(batch.readInt32BE(FIELD.lastOffsetDelta))),
    firstOffset: Number(firstOffset),
    firstTimestamp: Number(batch.readBigInt64BE(FIELD.firstTimestamp)),
    appendedAt:
      (attributes & LOG_APPEND_TIME) !== 0 ? Number(batch.readBigInt64BE(FIELD.maxTimestamp)) : undefined,
    count: isControl ? 0 : count,
    records,
    producerId: String(batch.readBigInt64BE(FIELD.producerId)),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    // A control batch has one record. Its key follows five one-byte numbers: a version, then a type, 0 for
    // "abort".
    isAbortMarker: isControl && count > 0 && records.readInt16BE(7) === 0,
    fetchStartedAt: 0,
  };
}

/**
 * Checks the checksum first: each damaged frame would cost the decompressor memory that it never gives back.
 */
async function decompress(batch: Buffer, codec: Codec): Promise<Buffer> {
  if (crc32c(batch.subarray(FIELD.attributes)) !== batch.readUInt32BE(FIELD.crc)) {
    throw new Error(
      `the record batch at offset ${batch.readBigInt64BE(FIELD.firstOffset)} is damaged: wrong CRC`,
    );
  }
  return codec.decompress(batch.subarray(FIELD.records));
}
