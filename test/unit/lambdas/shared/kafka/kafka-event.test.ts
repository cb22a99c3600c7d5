import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeKafkaEvent as decode,
  type KafkaEvent,
} from '../../../../../lambdas/shared/kafka/kafka-event.ts';

const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');
const bytes = (text: string) => [...Buffer.from(text)];

interface Fields {
  topic?: string;
  partition?: number;
  offset?: number;
  key?: string;
  value?: string;
  headers?: { [name: string]: number[] }[];
}

const record = ({ topic = 'weather-data', partition = 0, offset = 0, ...rest }: Fields) => ({
  topic,
  partition,
  offset,
  timestamp: 1704067200000,
  timestampType: 'CREATE_TIME',
  headers: [],
  ...rest,
});

const eventOf = (records: Record<string, ReturnType<typeof record>[]>) =>
  ({
    eventSource: 'aws:kafka',
    eventSourceArn: 'arn',
    bootstrapServers: 'a:1',
    records,
  }) as unknown as KafkaEvent;

const decodeKafkaEvent = (event: KafkaEvent) => decode(event, (topic) => topic);

const decodeOne = (fields: Fields) =>
  decodeKafkaEvent(eventOf({ 'weather-data-0': [record(fields)] }))[0]?.records[0];

/** The reference: invalid UTF-8 is no JSON. */
function jsonOf(value: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value));
  } catch {
    return undefined;
  }
}

describe('decodeKafkaEvent', () => {
  test('records, their partition and an origin have the topic with its generation', () => {
    const headers = [{ origin: bytes('weather-data@12/3/42') }, { cause: bytes('x') }];
    const [partition] = decode(eventOf({ 'weather-data-0': [record({ headers })] }), (topic) => `${topic}@1`);
    expect([partition?.topic, partition?.records[0]?.topic]).toEqual(['weather-data@1', 'weather-data@1']);
    expect(partition?.records[0]?.headers.origin).toEqual({
      topic: 'weather-data@12',
      partition: 3,
      offset: 42,
    });
  });

  test.each(['weather-data@/3/42', 'weather-data@0/3/42', 'weather-data@1@2/3/42', 'weather-data@x/3/42'])(
    'the origin %s is ignored',
    (origin) => {
      expect(decodeOne({ headers: [{ origin: bytes(origin) }] })?.headers.origin).toBeUndefined();
    },
  );

  test('records are grouped by topic and partition, sorted by them, and keep the order of offsets', () => {
    const event = eventOf({
      'weather-data-10': [record({ partition: 10, offset: 5 })],
      'weather-data-2': [record({ partition: 2, offset: 7 }), record({ partition: 2, offset: 9 })],
      'error-data-0': [record({ topic: 'error-data' })],
      'weather-data-3': [],
    });
    const decoded = decodeKafkaEvent(event).map(({ topic, partition, records }) => [
      topic,
      partition,
      ...records.map(({ offset }) => offset),
    ]);
    expect(decoded).toEqual([
      ['error-data', 0, 0],
      ['weather-data', 2, 7, 9],
      ['weather-data', 10, 5],
    ]);
  });

  test('key and value are read as text, and the value as JSON too', () => {
    expect(decodeOne({ key: base64('서울'), value: base64('{"a":"서울"}') })).toMatchObject({
      key: '서울',
      text: '{"a":"서울"}',
      value: { a: '서울' },
    });
  });

  test.each([
    ['a tombstone', {}, null],
    ['what is not JSON', { value: base64('{"a":') }, '{"a":'],
    ['what is not UTF-8', { value: base64(Buffer.from([0x22, 0xff, 0x22])) }, '"\ufffd"'],
    ['an empty value', { value: '' }, ''],
  ])('the value of %s is undefined', (_, fields, text) => {
    expect(decodeOne(fields)).toMatchObject({ key: null, text, value: undefined });
  });

  test('each key and value is read independently of its neighbours', () => {
    // Halves of characters, which two neighbours could complete; and whole batches in ASCII, in UTF-8, or in
    // neither.
    const halves = [[0xc3], [0xbc], [0xf0, 0x9f], [0x98, 0x80]].map((half) => Buffer.from(half));
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }).map((chars) => Buffer.from(chars)),
      fc.json().map((json) => Buffer.from(json)),
      fc.constant(undefined),
    );
    const any = fc.oneof(
      text,
      fc.constantFrom(...halves),
      fc.uint8Array({ maxLength: 8 }).map((raw) => Buffer.from(raw)),
    );
    const ascii = fc.oneof(
      fc.jsonValue({ stringUnit: 'grapheme-ascii' }).map((json) => Buffer.from(JSON.stringify(json))),
    );
    const batch = fc.oneof(
      ...[ascii, text, any].map((cell) => fc.array(fc.tuple(cell, cell), { minLength: 1 })),
    );
    fc.assert(
      fc.property(batch, (cells) => {
        const records = cells.map(([key, value], offset) =>
          record({
            offset,
            ...(key && { key: base64(key) }),
            ...(value && { value: base64(value) }),
          }),
        );
        const [partition] = decodeKafkaEvent(eventOf({ 'weather-data-0': records }));
        expect(partition?.records.map(({ key, text, value }) => ({ key, text, value }))).toEqual(
          cells.map(([key, value]) => ({
            key: key?.toString() ?? null,
            text: value?.toString() ?? null,
            value: value && jsonOf(value),
          })),
        );
      }),
      { numRuns: 500 },
    );
  });

  test('known headers are read, with signed or unsigned bytes, and the last one of a repeated name', () => {
    const signed = bytes('서울.csv@e').map((byte) => (byte > 127 ? byte - 256 : byte));
    const headers = [
      { row: bytes('1') },
      { row: bytes('12') },
      { source: signed },
      { other: [1] },
      { origin: bytes('weather-data/3/100') },
      { 'retry-for': bytes('watch-weather') },
    ];
    expect(decodeOne({ headers })?.headers).toEqual({
      source: '서울.csv@e',
      row: 12,
      origin: { topic: 'weather-data', partition: 3, offset: 100 },
      retryFor: 'watch-weather',
    });
  });

  test('each header is read independently of the previous record', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.constantFrom('a/1.csv@e'.repeat(4), 'a/2.csv@e'.repeat(4)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(text, fc.boolean()), { minLength: 1 }), (sources) => {
        const records = sources.map(([source, isSigned], offset) => {
          const raw = bytes(source).map((byte) => (isSigned && byte > 127 ? byte - 256 : byte));
          return record({ offset, headers: [{ source: raw }] });
        });
        const [partition] = decodeKafkaEvent(eventOf({ 'weather-data-0': records }));
        const read = partition?.records.map(({ headers }) => headers.source);
        expect(read).toEqual(
          sources.map(([source]) => (source.includes('\0') ? undefined : source.toWellFormed() || undefined)),
        );
      }),
    );
  });

  test.each<{ [name: string]: number[] }>([
    { row: bytes('-1') },
    { row: bytes('1e3') },
    { row: bytes('9'.repeat(16)) },
    { source: bytes('') },
    { source: bytes('a\0b') },
    { source: bytes('x'.repeat(1_201)) },
    { source: bytes('서'.repeat(401)) },
    { 'retry-for': bytes('a\0b') },
    { 'retry-for': bytes('x'.repeat(1_201)) },
    { columns: bytes('0,1,2,3,4') },
    { columns: bytes('0,1,2,3,4,-2') },
    { columns: bytes('{"delimiter":') },
    { columns: bytes(`{"delimiter":"${'x'.repeat(20_000)}"}`) },
    { 'first-failed-at': bytes('170000') },
    { 'first-failed-at': bytes('1969-12-31T23:59:59Z') },
    { 'first-failed-at': bytes('noon') },
    { origin: bytes('weather-data/3') },
    { origin: bytes('weather data/3/1') },
    { toString: bytes('x') },
  ])('a malformed header is ignored: %j', (header) => {
    expect(decodeOne({ headers: [header] })?.headers).toEqual({});
  });

  test('a cause is cut and cleaned, so that every table and topic accepts it', () => {
    const cause = `a\0lock\nthen\uffff${'x'.repeat(4_000)}`;
    const read = decodeOne({ headers: [{ cause: bytes(cause) }] })?.headers.cause;
    expect(read).toMatch(/^a lock\nthen x+$/);
    expect(read).toHaveLength(3_500);
  });

  test('a record without headers is read', () => {
    const { headers, ...without } = record({ value: base64('1') });
    expect(headers).toEqual([]);
    const [partition] = decodeKafkaEvent(
      eventOf({ 'weather-data-0': [without as ReturnType<typeof record>] }),
    );
    expect(partition?.records[0]).toMatchObject({ value: 1, headers: {} });
  });
});
