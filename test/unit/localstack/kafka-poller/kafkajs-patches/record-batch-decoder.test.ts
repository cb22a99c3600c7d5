import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { encode } from '../../../../../localstack/kafka-poller/event.ts';
import { decodeFetched } from '../../../../../localstack/kafka-poller/kafkajs-patches/record-batch-decoder.ts';

const require = createRequire(import.meta.url);
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0');
const Record = require('kafkajs/src/protocol/recordBatch/record/v0');
const { Types } = require('kafkajs/src/protocol/message/compression');

/** Records with values "0", "1", … from offset 7 on, as kafkajs's producer encodes them. */
async function encoded(count: number, options: { compression?: number } = {}): Promise<Buffer> {
  const records = Array.from({ length: count }, (_, i) =>
    Record({ offsetDelta: i, timestampDelta: i, key: null, value: String(i), headers: {} }),
  );
  const batch = await RecordBatch({
    records,
    lastOffsetDelta: count - 1,
    firstTimestamp: 1_700_000_000_000,
    maxTimestamp: 1_700_000_000_000 + count - 1,
    ...options,
  });
  const buffer: Buffer = batch.buffer;
  buffer.writeBigInt64BE(7n, 0);
  return buffer;
}

const valuesOf = async (buffer: Buffer) => {
  const { records } = await decodeFetched({ buffer, offset: 0 });
  const { bytes } = encode('t', 0, records, { fromOffset: 0, nextOffset: 100 });
  const decoded: { offset: number; value: string }[] = JSON.parse(`[${bytes}]`);
  return decoded.map(({ offset, value }) => `${offset}=${Buffer.from(value, 'base64')}`);
};

test.each([
  ['plain', Types.None],
  ['compressed', Types.GZIP],
])('a %s batch of kafkajs’s encoder is read with its offsets', async (_, compression) => {
  expect(await valuesOf(await encoded(3, { compression }))).toEqual(['7=0', '8=1', '9=2']);
});

test('batches in a response are read one after another', async () => {
  const one = await encoded(2);
  const decoder = { buffer: Buffer.concat([one, one]), offset: 0 };
  await decodeFetched(decoder);
  expect(decoder.offset).toBe(one.length);
  await decodeFetched(decoder);
  expect(decoder.offset).toBe(2 * one.length);
});

test('a batch that a response cuts off is left for the next fetch, by the name that kafkajs expects', async () => {
  const buffer = (await encoded(2)).subarray(0, -1);
  const decoder = { buffer, offset: 0 };
  await expect(decodeFetched(decoder)).rejects.toMatchObject({ name: 'KafkaJSPartialMessageError' });
  expect(decoder.offset).toBe(0);
});

test('a damaged batch of compressed records is refused before it is decompressed', async () => {
  const buffer = await encoded(3, { compression: Types.GZIP });
  buffer.writeUInt8(buffer.readUInt8(70) ^ 1, 70);
  await expect(decodeFetched({ buffer, offset: 0 })).rejects.toThrow(
    'the record batch at offset 7 is damaged: wrong CRC',
  );
});
