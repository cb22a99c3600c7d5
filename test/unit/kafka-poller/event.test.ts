import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventBody } from '../../../localstack/kafka-poller/batch.ts';
import { encode, envelope, type KafkaRecord } from '../../../localstack/kafka-poller/event.ts';
import { recordAt } from './segments.ts';

const MSK_ARN =
  'arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2';
const BROKERS =
  'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092,b-1.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092';

/** The record of AWS's samples. */
const sample: KafkaRecord = {
  offset: '15',
  timestamp: '1545084650987',
  key: Buffer.from('abcDEFghiJKLmnoPQRstuVWXyz1234==', 'base64'),
  value: Buffer.from('Hello, this is a test.'),
  headers: { headerKey: Buffer.from('headerValue') },
  batchContext: { timestampType: 0 },
};
const sampleRecords = {
  'mytopic-0': [
    {
      topic: 'mytopic',
      partition: 0,
      offset: 15,
      timestamp: 1545084650987,
      timestampType: 'CREATE_TIME',
      // The same bytes as the sample's "…1234==", whose last character has bits to spare.
      key: 'abcDEFghiJKLmnoPQRstuVWXyz123w==',
      value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
      headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
    },
  ],
};

function eventOf(records: KafkaRecord[], source: Parameters<typeof envelope>[0], topic = 'mytopic') {
  const segment = encode(topic, 0, records, Number(records.at(-1)?.offset) + 1);
  return JSON.parse(
    eventBody(envelope(source, topic, 0), [{ segment, from: 0, to: records.length }]).toString(),
  );
}
const onlyRecord = (record: KafkaRecord) =>
  eventOf([record], { bootstrapServers: 'b:9092' }).records['mytopic-0'][0];

describe('the event is the one that AWS documents', () => {
  // https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event
  test('for an MSK cluster', () => {
    expect(eventOf([sample], { eventSourceArn: MSK_ARN, bootstrapServers: BROKERS })).toEqual({
      eventSource: 'aws:kafka',
      eventSourceArn: MSK_ARN,
      bootstrapServers: BROKERS,
      records: sampleRecords,
    });
  });

  // https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html#smaa-sample-event
  test('for a self-managed cluster', () => {
    expect(eventOf([sample], { bootstrapServers: BROKERS })).toEqual({
      eventSource: 'SelfManagedKafka',
      bootstrapServers: BROKERS,
      records: sampleRecords,
    });
  });
});

describe('a record', () => {
  test('without a key has no key field', () => {
    expect(onlyRecord(recordAt(1, { key: null }))).not.toHaveProperty('key');
  });

  test('without a value, a tombstone, has no value field', () => {
    expect(onlyRecord(recordAt(1, { value: null }))).not.toHaveProperty('value');
  });

  test('with an empty key and value keeps them as empty strings', () => {
    expect(onlyRecord(recordAt(1, { key: Buffer.alloc(0), value: Buffer.alloc(0) }))).toMatchObject({
      key: '',
      value: '',
    });
  });

  test('says whether its time was set by the producer or by the broker', () => {
    expect(onlyRecord(recordAt(1, { batchContext: { timestampType: 1 } })).timestampType).toBe(
      'LOG_APPEND_TIME',
    );
    expect(onlyRecord(recordAt(1)).timestampType).toBe('CREATE_TIME');
  });

  test('carries header bytes as signed numbers, repeated names one by one, and null values', () => {
    const headers = {
      trace: [Buffer.from([0, 127, 128, 255]), Buffer.from('b')],
      none: null,
      empty: Buffer.alloc(0),
    };
    expect(onlyRecord(recordAt(1, { headers })).headers).toEqual([
      { trace: [0, 127, -128, -1] },
      { trace: [98] },
      { none: null },
      { empty: [] },
    ]);
  });
});

test('any record survives the way through the event, byte for byte', () => {
  const bytes = fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array));
  const record = fc.record({
    offset: fc.maxSafeNat().map(String),
    timestamp: fc.nat().map(String),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.string({ unit: 'grapheme' }), bytes, { maxKeys: 3 }),
  });
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
      const seen: { [field: string]: unknown }[] = eventOf(records, { bootstrapServers: 'b:9092' }).records[
        'mytopic-0'
      ];
      expect(
        seen.map(({ offset, timestamp, key, value, headers }) => ({
          offset,
          timestamp,
          key,
          value,
          headers,
        })),
      ).toEqual(
        records.map((one) => ({
          offset: Number(one.offset),
          timestamp: Number(one.timestamp),
          key: one.key?.toString('base64'),
          value: one.value?.toString('base64'),
          headers: Object.entries(one.headers).map(([name, value]) => ({
            [name]: [...new Int8Array(value)],
          })),
        })),
      );
    }),
  );
});
