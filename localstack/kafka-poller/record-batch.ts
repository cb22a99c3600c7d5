import { createRequire } from 'node:module';

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
  count: number;
  records: Buffer;
  /** What kafkajs needs to leave out aborted transactions. */
  isControlRecord: boolean;
  key: Buffer | null;
  batchContext: { producerId: string; inTransaction: boolean };
};

export const isRecordBatch = (message: object): message is RecordBatch => 'records' in message;

type FetchDecoder = { buffer: Buffer; offset: number };
type Codec = { decompress: (buffer: Buffer) => Promise<Buffer> };

const COUNT_AT = 57;
const RECORDS_AT = 61;
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/**
 * Has kafkajs hand over whole record batches. Its own decoder makes an object of every record, with strings for its
 * numbers; that took most of the poller's CPU and memory. The version of kafkajs is pinned, and it loads the decoder
 * with the first fetch, so this comes in time.
 */
export function installRecordBatches(): void {
  const require = createRequire(import.meta.url);
  const name = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
  const { lookupCodecByAttributes } = require('kafkajs/src/protocol/message/compression');
  require(name);
  const loaded = require.cache[name];
  if (!loaded) throw new Error('kafkajs has no decoder of record batches where 2.2.4 has it');
  loaded.exports = (decoder: FetchDecoder) => decodeFetched(decoder, lookupCodecByAttributes);
}

async function decodeFetched(decoder: FetchDecoder, codecOf: (attributes: number) => Codec | null) {
  const start = decoder.offset;
  const end = start + 12 + decoder.buffer.readInt32BE(start + 8);
  // A fetch may end in the middle of a batch; by this name kafkajs knows that the rest is to come.
  if (end > decoder.buffer.length) {
    throw Object.assign(new Error('the rest of a batch'), { name: 'KafkaJSPartialMessageError' });
  }
  decoder.offset = end;
  const codec = codecOf(decoder.buffer.readInt16BE(start + 21));
  return { records: [await readBatch(decoder.buffer.subarray(start, end), codec)] };
}

async function readBatch(batch: Buffer, codec: Codec | null): Promise<RecordBatch> {
  const attributes = batch.readInt16BE(21);
  const stored = batch.subarray(RECORDS_AT);
  const count = batch.readInt32BE(COUNT_AT);
  const records = codec && count > 0 ? await codec.decompress(stored) : stored;
  const isControlRecord = (attributes & CONTROL) !== 0;
  const firstOffset = batch.readBigInt64BE(0);
  return {
    offset: String(firstOffset + BigInt(batch.readInt32BE(23))),
    firstOffset: Number(firstOffset),
    firstTimestamp: Number(batch.readBigInt64BE(27)),
    appendedAt: (attributes & LOG_APPEND_TIME) !== 0 ? Number(batch.readBigInt64BE(35)) : undefined,
    count,
    records,
    isControlRecord,
    // A control batch has one record, whose five numbers before the key take a byte each.
    key: isControlRecord ? records.subarray(5, 9) : null,
    batchContext: {
      producerId: String(batch.readBigInt64BE(43)),
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
    },
  };
}
