import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../../../lambdas/shared/kafka/crc32c.ts';
import {
  type BatchMessage,
  compressedFromBytes,
  encodePlainBatch,
  encodeRecordBatch,
} from '../../../../../lambdas/shared/kafka/record-batch.ts';

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder');
const decodeBatch: (decoder: object) => Promise<{
  readonly records: readonly {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
    readonly headers: Readonly<Record<string, Buffer>>;
  }[];
}> = require('kafkajs/src/protocol/recordBatch/v0/decoder');

const nowMs = 1_700_000_000_000;

/** What kafkajs, with no codec but its own, reads of a batch. */
async function read(batch: Buffer) {
  const { records } = await decodeBatch(new Decoder(batch));
  return records.map(({ offset, timestamp, key, value, headers }) => ({
    offset,
    timestamp,
    key: key?.toString() ?? null,
    value: value?.toString() ?? null,
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, String(bytes)])),
  }));
}

const rows = (count: number): BatchMessage[] =>
  Array.from({ length: count }, (_, row) => ({
    key: ['Seoul', 'Busan', '제주'][row % 3] ?? null,
    value: `{"Location":"Seoul","Temperature_C":${row / 10},"retry":0}`,
    headers: { source: 'a1b2c3d4e5f', row: String(row) },
  }));

const attributesOf = (batch: Buffer): number => batch.readInt16BE(21);
const gzip = 1;

test('records of a large batch are compressed, and read as those of a plain one', async () => {
  const sent = encodeRecordBatch(rows(1_000), nowMs);
  const plain = encodePlainBatch(rows(1_000), nowMs);
  expect([attributesOf(plain), attributesOf(sent)]).toEqual([0, gzip]);
  expect(sent.length).toBeLessThan(plain.length / 4);
  expect(await read(sent)).toEqual(await read(plain));
  expect(await read(sent)).toHaveLength(1_000);
});

test('a compressed batch has the fields of a plain one, and its own length and checksum', () => {
  const sent = encodeRecordBatch(rows(1_000), nowMs);
  const plain = encodePlainBatch(rows(1_000), nowMs);
  expect(sent.readInt32BE(8)).toBe(sent.length - 12);
  expect(sent.readUInt32BE(17)).toBe(crc32c(sent.subarray(21)));
  expect(sent.subarray(23, 61)).toEqual(plain.subarray(23, 61));
});

test('a batch below the limit is plain, and one at it is compressed', () => {
  const ofBytes = (bytes: number) => {
    const { length } = encodePlainBatch([{ value: 'a'.repeat(3_000) }], nowMs);
    return [{ value: 'a'.repeat(3_000 + bytes - length) }];
  };
  expect(encodePlainBatch(ofBytes(compressedFromBytes), nowMs)).toHaveLength(compressedFromBytes);
  expect(attributesOf(encodeRecordBatch(ofBytes(compressedFromBytes - 1), nowMs))).toBe(0);
  expect(attributesOf(encodeRecordBatch(ofBytes(compressedFromBytes), nowMs))).toBe(gzip);
});

test('any messages are read as they were sent', async () => {
  const message = fc.record({
    key: fc.option(fc.string({ unit: 'grapheme', maxLength: 20 })),
    value: fc.string({ unit: 'grapheme', maxLength: 2_000 }),
    headers: fc.dictionary(
      fc.integer({ min: 0 }).map((id) => `h-${id}`),
      fc.string({ maxLength: 9 }),
      {
        maxKeys: 3,
      },
    ),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 5, maxLength: 30 }), async (messages) => {
      const found = await read(encodeRecordBatch(messages, nowMs));
      expect(found).toEqual(
        messages.map(({ key, value, headers }, offset) => ({
          offset: String(offset),
          timestamp: String(nowMs),
          key,
          value,
          headers: { ...headers },
        })),
      );
    }),
    { numRuns: 50 },
  );
});
