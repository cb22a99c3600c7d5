import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { decompressSnappy } from '../../../../localstack/kafka-poller/compression.ts';
import { decompressLz4 } from '../../../../localstack/kafka-poller/lz4.ts';

/** What Kafka's Java producer made of the first of 300 records. */
const fixture = (codec: string) =>
  readFileSync(new URL(`../../../fixtures/kafka-poller/records.${codec}`, import.meta.url));
const valuesIn = (records: Buffer) => records.toString('latin1').match(/value \w+ \d+ (abc)*/g);

describe.each([
  { codec: 'snappy', decompress: decompressSnappy },
  { codec: 'lz4', decompress: decompressLz4 },
])('$codec', ({ codec, decompress }) => {
  test("reads what Kafka's own producer wrote", () => {
    const values = valuesIn(decompress(fixture(codec)));
    expect(values?.length).toBeGreaterThan(0);
    expect(values).toEqual(values?.map((_, i) => `value ${codec} ${i} ${'abc'.repeat(i % 50)}`));
  });

  test('refuses what it cannot read', () => {
    expect(() => decompress(fixture(codec).subarray(0, 300))).toThrow();
  });
});

test('an LZ4 block stored as it is, with its checksum', () => {
  const frame = Buffer.concat([
    Buffer.from('04224d18', 'hex'),
    Buffer.from([0x70, 0x40, 0]),
    Buffer.from('03000080', 'hex'),
    Buffer.from('abc'),
    Buffer.alloc(4),
    Buffer.alloc(4),
  ]);
  expect(decompressLz4(frame).toString()).toBe('abc');
});
