import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../../../lambdas/shared/kafka/crc32c.ts';

const require = createRequire(import.meta.url);
const byteByByte: (bytes: Buffer) => number = require('kafkajs/src/protocol/recordBatch/crc32C');

// https://www.rfc-editor.org/rfc/rfc3720#appendix-B.4
test.each([
  ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 incrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ['32 decrementing bytes', Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ['nothing', Buffer.alloc(0), 0],
])('the checksum of %s is the one in the standard', (_, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum);
});

test('the checksum of any bytes, anywhere in a buffer, equals that of kafkajs', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, fc.nat(9), (all, from) => {
      const part = Buffer.from(all.buffer).subarray(Math.min(from, all.length));
      expect(crc32c(part)).toBe(byteByByte(part));
    }),
  );
});
