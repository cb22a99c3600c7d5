import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventBody } from '../../../../localstack/kafka-poller/batch.ts';
import { encode, envelopeOf } from '../../../../localstack/kafka-poller/event.ts';
import { batchOf, recordAt, type TestRecord } from './segments.ts';

const MSK_ARN =
  'arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2';
const BROKERS =
  'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092,b-1.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092';

/** The record of AWS's sample events. */
const sample: TestRecord = {
  offset: 15,
  timestamp: 1545084650987,
  key: Buffer.from('abcDEFghiJKLmnoPQRstuVWXyz1234==', 'base64'),
  value: Buffer.from('Hello, this is a test.'),
  headers: [['headerKey', Buffer.from('headerValue')]],
};
const sampleRecords = {
  'mytopic-0': [
    {
      topic: 'mytopic',
      partition: 0,
      offset: 15,
      timestamp: 1545084650987,
      timestampType: 'CREATE_TIME',
      // The same bytes as the sample's "…1234==", whose last character has unused bits.
      key: 'abcDEFghiJKLmnoPQRstuVWXyz123w==',
      value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
      headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
    },
  ],
};

function eventOf(records: TestRecord[], source: Parameters<typeof envelopeOf>[0], appendedAt?: number) {
  const fromOffset = records[0]?.offset ?? 0;
  const nextOffset = (records.at(-1)?.offset ?? 0) + 1;
  const segment = encode('mytopic', 0, [batchOf(records, appendedAt)], { fromOffset, nextOffset });
  const slices = [{ segment, from: 0, to: records.length }];
  return JSON.parse(eventBody(envelopeOf(source, 'mytopic', 0), slices).toString());
}
const onlyRecord = (record: TestRecord, appendedAt?: number) =>
  eventOf([record], { bootstrapServers: 'b:9092' }, appendedAt).records['mytopic-0'][0];

describe('a whole event', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
  test('an event of an MSK cluster is AWS’s sample event', () => {
    expect(eventOf([sample], { eventSourceArn: MSK_ARN, bootstrapServers: BROKERS })).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: MSK_ARN,
      bootstrapServers: BROKERS,
      records: sampleRecords,
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html#smaa-sample-event
  test('an event of a self-managed cluster is AWS’s sample event', () => {
    expect(eventOf([sample], { bootstrapServers: BROKERS })).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: BROKERS,
      records: sampleRecords,
    });
  });
});

describe('a record', () => {
  test('a record without a key has no key field', () => {
    expect(onlyRecord(recordAt(1, { key: null }))).not.toHaveProperty('key');
  });

  test('a tombstone has no value field', () => {
    expect(onlyRecord(recordAt(1, { value: null }))).not.toHaveProperty('value');
  });

  test('an empty key and value stay empty strings', () => {
    expect(onlyRecord(recordAt(1, { key: Buffer.alloc(0), value: Buffer.alloc(0) }))).toMatchObject({
      key: '',
      value: '',
    });
  });

  test('a record has the time of its producer, or of the broker where the topic says so', () => {
    expect(onlyRecord(recordAt(1))).toMatchObject({
      timestampType: 'CREATE_TIME',
      timestamp: 1545084650987,
    });
    expect(onlyRecord(recordAt(1), 1600000000000)).toMatchObject({
      timestampType: 'LOG_APPEND_TIME',
      timestamp: 1600000000000,
    });
  });

  test('header bytes are signed numbers, and headers keep order, repeated names and null values', () => {
    const headers: TestRecord['headers'] = [
      ['trace', Buffer.from([0, 127, 128, 255])],
      ['none', null],
      ['trace', Buffer.from('b')],
      ['empty', Buffer.alloc(0)],
    ];
    expect(onlyRecord(recordAt(1, { headers })).headers).toEqual([
      { trace: [0, 127, -128, -1] },
      { none: null },
      { trace: [98] },
      { empty: [] },
    ]);
  });

  test('records before the fetched offset are left out', () => {
    const batch = batchOf([recordAt(4), recordAt(5), recordAt(6)]);
    const { offsets, read } = encode('t', 0, [batch], { fromOffset: 5, nextOffset: 7 });
    expect({ offsets, read }).toEqual({ offsets: [5, 6], read: 2 });
  });
});

test('a record may be much larger than the records before it', () => {
  const sizes = [10, 1_000_000, 10, 5_000_000, 10];
  const records = sizes.map((size, i) => recordAt(i, { value: Buffer.alloc(size, i) }));
  const values = eventOf(records, { bootstrapServers: 'b:9092' }).records['mytopic-0'];
  expect(values.map(({ value }: { value: string }) => Buffer.from(value, 'base64').length)).toEqual(sizes);
});

test('any record keeps its bytes on the way through the event', () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  // Headers of neighbouring records often have the same names and values.
  const name = fc.oneof(fc.constantFrom('source', 'row'), fc.string({ unit: 'grapheme' }));
  const headerValue = fc.oneof(fc.constantFrom(Buffer.from('incoming/a.csv'), Buffer.from([200])), bytes);
  const record = fc.record({
    offset: fc.nat(),
    timestamp: fc.integer({ min: -1, max: 4_000_000_000_000 }),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(fc.tuple(name, fc.option(headerValue)), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (unordered) => {
      const records = unordered.toSorted((a, b) => a.offset - b.offset);
      expect(eventOf(records, { bootstrapServers: 'b:9092' }).records['mytopic-0']).toEqual(
        records.map(({ key, value, headers, ...position }) => ({
          topic: 'mytopic',
          partition: 0,
          ...position,
          timestampType: 'CREATE_TIME',
          ...(key && { key: key.toString('base64') }),
          ...(value && { value: value.toString('base64') }),
          headers: headers.map(([name, bytes]) => ({ [name]: bytes && [...new Int8Array(bytes)] })),
        })),
      );
    }),
  );
});

test('an encoding that fails half-way leaves nothing in the next text', () => {
  const accepts = ({ offset }: { offset: number }) => {
    if (offset === 1) throw new Error('unforeseen');
    return true;
  };
  const two = batchOf([recordAt(0), recordAt(1)]);
  expect(() => encode('t', 0, [two], { fromOffset: 0, nextOffset: 2, accepts })).toThrow('unforeseen');
  const { bytes } = encode('u', 0, [batchOf([recordAt(5)])], { fromOffset: 5, nextOffset: 6 });
  expect(JSON.parse(`[${bytes}]`)).toMatchObject([{ topic: 'u', offset: 5 }]);
});
