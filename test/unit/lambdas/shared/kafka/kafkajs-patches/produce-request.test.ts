import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeProduceRequests } from '../../../../../../lambdas/shared/kafka/kafkajs-patches/produce-request.ts';
import { type BatchMessage, encodePlainBatch } from '../../../../../../lambdas/shared/kafka/record-batch.ts';

const nowMs = 1_700_000_000_000;
const realNow = Date.now;

interface Request {
  encode: () => Promise<{ buffer: Buffer }>;
}
type Create = (options: object) => { request: Request };

const require = createRequire(import.meta.url);
const produce: {
  protocol: (options: { version: number }) => Create;
} = require('kafkajs/src/protocol/requests/produce');
const kafkajsOwn = produce.protocol;
const { Types } = require('kafkajs/src/protocol/message/compression');

const options = (messages: readonly BatchMessage[]) => ({
  acks: -1,
  timeout: 30_000,
  compression: Types.None,
  transactionalId: undefined,
  producerId: -1,
  producerEpoch: 0,
  topicData: [
    { topic: 'weather-data', partitions: [{ partition: 3, firstSequence: 0, messages }] },
    { topic: 'error-data', partitions: [{ partition: 0, firstSequence: 0, messages: messages.slice(0, 1) }] },
  ],
});

const encoded = async (protocol: typeof kafkajsOwn, props: object, version = 7) =>
  (await protocol({ version })(props).request.encode()).buffer;

const expectSame = async (messages: readonly BatchMessage[], version?: number) => {
  const own = await encoded(kafkajsOwn, options(messages), version);
  const ours = await encoded(produce.protocol, options(messages), version);
  expect(ours.equals(own)).toBe(true);
};

beforeAll(() => {
  Date.now = () => nowMs;
  // Compressed records are compared in record-batch.test.ts.
  encodeProduceRequests(undefined, encodePlainBatch);
});
afterAll(() => {
  Date.now = realNow;
  produce.protocol = kafkajsOwn;
});

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  // Around the lengths where a varint takes one byte more.
  fc.integer({ min: 60, max: 68 }).map((length) => 'a'.repeat(length)),
  fc.integer({ min: 20, max: 35 }).map((length) => '서'.repeat(length)),
  fc.integer({ min: 2_700, max: 2_735 }).map((length) => '울'.repeat(length)),
  fc.integer({ min: 8_100, max: 8_200 }).map((length) => 'b'.repeat(length)),
);
const bytes = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
);
const message = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(text, fc.oneof(bytes, fc.array(bytes, { maxLength: 3 })), { maxKeys: 4 }),
    timestamp: fc.integer({ min: 1_600_000_000_000, max: 1_799_999_999_999 }).map(String),
  },
  { requiredKeys: ['value'] },
);

describe('the encoder of produce requests', () => {
  test('a request with any messages equals that of kafkajs, byte for byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 20 }), (messages) =>
        expectSame(messages),
      ),
      { numRuns: 100 },
    );
  });

  test('a request with a message of a megabyte between small ones equals that of kafkajs', async () => {
    const small = { key: 'Seoul', value: '{}', headers: { row: '1' } };
    const big = { key: null, value: '서'.repeat(350_000) };
    await expectSame([small, big, { key: 'k', value: Buffer.alloc(1_000_000, 7) }, small]);
  });

  test('a request with thousands of messages equals that of kafkajs', async () => {
    const row = (index: number) => ({
      key: 'Seoul',
      value: `{"row":${index}}`,
      headers: { row: String(index) },
    });
    await expectSame(Array.from({ length: 10_000 }, (_, index) => row(index)));
  });

  test.each([3, 4, 5, 6, 7])('a request of version %i equals that of kafkajs', (version) =>
    expectSame([{ key: 'k', value: 'v' }], version),
  );
});

describe('requests that kafkajs still encodes', () => {
  const message = { key: 'k', value: 'v'.repeat(100) };
  test.each([
    ['compressed', { compression: Types.GZIP }],
    ['idempotent', { producerId: 7 }],
    ['transactional', { transactionalId: 'moves', producerId: 7 }],
  ])('a %s request is encoded by kafkajs', async (_, more) => {
    const props = { ...options([message]), ...more };
    const ours = await encoded(produce.protocol, props);
    expect(ours).toEqual(await encoded(kafkajsOwn, props));
    expect(ours).not.toEqual(await encoded(kafkajsOwn, options([message])));
  });

  test('a request in the format from before record batches is encoded by kafkajs', async () => {
    const props = options([message]);
    expect(await encoded(produce.protocol, props, 2)).toEqual(await encoded(kafkajsOwn, props, 2));
  });
});

test('the patch is installed once, however often it is asked for', () => {
  const first = produce.protocol;
  expect(first).not.toBe(kafkajsOwn);
  encodeProduceRequests();
  expect(produce.protocol).toBe(first);
});

test('a kafkajs with other request versions is refused with a clear error', () => {
  const newer = { versions: ['0', '1', '2', '3', '4', '5', '6', '7', '8'], protocol: kafkajsOwn };
  expect(() => encodeProduceRequests(newer as never)).toThrow(
    'kafkajs has no produce requests of versions 0 to 7 where 2.2.4 has them',
  );
  expect(newer.protocol).toBe(kafkajsOwn);
});
