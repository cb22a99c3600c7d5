import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import {
  decompressGzip,
  decompressLz4,
  decompressSnappy,
} from '../../../../localstack/kafka-poller/compression.ts';

/** A batch that Kafka's Java producer made of the first of 300 records. */
const fixture = (codec: string) =>
  readFileSync(new URL(`../../../fixtures/kafka-poller/records.${codec}`, import.meta.url));
const valuesIn = (records: Buffer) => records.toString('latin1').match(/value \w+ \d+ (abc)*/g);

describe.each([
  { codec: 'snappy', decompress: decompressSnappy, name: 'snappy' },
  { codec: 'lz4', decompress: decompressLz4, name: 'LZ4' },
])('$codec', ({ codec, decompress, name }) => {
  test(`${codec} records of Kafka's Java producer are decompressed`, () => {
    const values = valuesIn(decompress(fixture(codec)));
    expect(values?.length).toBeGreaterThan(0);
    expect(values).toEqual(values?.map((_, i) => `value ${codec} ${i} ${'abc'.repeat(i % 50)}`));
  });

  test.each([3, 20, 300])(`${codec} records cut off after %i bytes are refused`, (bytes) => {
    const cut = fixture(codec).subarray(0, bytes);
    expect(() => decompress(cut)).toThrow(`the records cannot be decompressed as ${name}`);
  });
});

// Made by the reference library, through python-lz4.
test.each<[string, string, Buffer]>([
  [
    'a block that is stored, with checksums',
    '04224d187c4028000000000000004d28000080000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262702cfa6d60000000002cfa6d6',
    Buffer.from(Array.from({ length: 40 }, (_, i) => i)),
  ],
  [
    'the size of its content',
    '04224d18684040010000000000009b130000008f61626364656667680800ff2150646566676800000000',
    Buffer.alloc(320, 'abcdefgh'),
  ],
  [
    'a checksum of its content, and no size',
    '04224d186440a7130000008f61626364656667680800ff21506465666768000000009f1123d5',
    Buffer.alloc(320, 'abcdefgh'),
  ],
])('an LZ4 frame with %s is decompressed', (_, frame, content) => {
  expect(decompressLz4(Buffer.from(frame, 'hex'))).toEqual(content);
});

test.each([0, 1, 63, 64, 100_000])('%i bytes of gzip are unpacked', (size) => {
  const content = Buffer.alloc(size, 'abcdefgh');
  expect(decompressGzip(gzipSync(content))).toEqual(content);
});

test('gzip that names a wrong size, or has several members, is unpacked whole', () => {
  const [first, second] = [Buffer.alloc(500, 'first'), Buffer.alloc(3, 'second')];
  expect(decompressGzip(Buffer.concat([gzipSync(first), gzipSync(second)]))).toEqual(
    Buffer.concat([first, second]),
  );
});

test('gzip that is cut off or damaged is refused', () => {
  const packed = gzipSync(Buffer.alloc(500, 'abcdefgh'));
  expect(() => decompressGzip(packed.subarray(0, 20))).toThrow('unexpected end of file');
  expect(() => decompressGzip(packed.subarray(0, 3))).toThrow('unexpected end of file');
  packed.writeUInt32LE(0xffffffff, packed.length - 4);
  expect(() => decompressGzip(packed)).toThrow('incorrect length check');
});
