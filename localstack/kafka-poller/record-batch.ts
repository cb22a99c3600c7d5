import { lookupCodecByAttributes } from 'kafkajs/src/protocol/message/compression/index.js';

/**
 * A batch of records as brokers store it, decompressed but not taken apart: `event.ts` turns it into text at once.
 * https://kafka.apache.org/documentation/#recordbatch
 */
export type RecordBatch = {
  /** Of the last record. In this form kafkajs takes the batch for one of its messages. */
  offset: string;
  firstOffset: number;
  firstTimestamp: number;
  /** When the broker appended the batch, if the topic is set to LOG_APPEND_TIME. */
  appendedAt: number | undefined;
  /** 0 for a control batch: it reaches the queue like any other, so that offsets go past it, but has nothing to deliver. */
  count: number;
  records: Buffer;
  producerId: string;
  isTransactional: boolean;
  isAbortMarker: boolean;
  /** By the session's clock (fetch-clock.ts). */
  fetchBegunAt: number;
};

export const isRecordBatch = (message: object): message is RecordBatch => 'records' in message;

type FetchDecoder = { buffer: Buffer; offset: number };
type Codec = { decompress: (buffer: Buffer) => Promise<Buffer> };

const COUNT_AT = 57;
const RECORDS_AT = 61;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** Stands in for kafkajs's own decoder (install-decoder.ts), which makes an object of every record. */
export async function decodeFetched(decoder: FetchDecoder): Promise<{ records: RecordBatch[] }> {
  const start = decoder.offset;
  const end = start + 12 + decoder.buffer.readInt32BE(start + 8);
  // A fetch may end in the middle of a batch; by this name kafkajs knows that the rest is to come.
  if (end > decoder.buffer.length) {
    throw Object.assign(new Error('the rest of a batch'), { name: 'KafkaJSPartialMessageError' });
  }
  decoder.offset = end;
  const codec = lookupCodecByAttributes(decoder.buffer.readInt16BE(start + 21));
  return { records: [await readBatch(decoder.buffer.subarray(start, end), codec)] };
}

async function readBatch(batch: Buffer, codec: Codec | null): Promise<RecordBatch> {
  const attributes = batch.readInt16BE(21);
  const stored = batch.subarray(RECORDS_AT);
  const count = batch.readInt32BE(COUNT_AT);
  const records = codec && count > 0 ? await codec.decompress(stored) : stored;
  const isControl = (attributes & CONTROL) !== 0;
  const firstOffset = batch.readBigInt64BE(0);
  return {
    offset: String(firstOffset + BigInt(batch.readInt32BE(23))),
    firstOffset: Number(firstOffset),
    firstTimestamp: Number(batch.readBigInt64BE(27)),
    appendedAt: (attributes & LOG_APPEND_TIME) !== 0 ? Number(batch.readBigInt64BE(35)) : undefined,
    count: isControl ? 0 : count,
    records,
    producerId: String(batch.readBigInt64BE(43)),
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    // A control batch has one record. Five numbers of a byte each come before its key: a version, then 0 for "aborted".
    isAbortMarker: isControl && count > 0 && records.readInt16BE(7) === 0,
    fetchBegunAt: 0,
  };
}
