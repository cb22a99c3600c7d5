import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { partitionOf } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';

const require = createRequire(import.meta.url);
const murmur2: (key: string) => number = require('kafkajs/src/producer/partitioners/default/murmur2');

describe('partitionOf', () => {
  // From UtilsTest.testMurmur2 of Apache Kafka.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])("the key %s goes to the partition of Java's hash %i", (key, hash) => {
    expect(partitionOf(key, { partitions: 10 })).toBe((hash & 0x7fffffff) % 10);
  });

  test('any key goes to the partition that kafkajs chooses', () => {
    const key = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(key, (text) =>
        expect(partitionOf(text, { partitions: 2 ** 31 - 1 })).toBe(
          (murmur2(text) & 0x7fffffff) % (2 ** 31 - 1),
        ),
      ),
    );
  });
});
