import { EventText } from './event-text.ts';
import type { FilterRecord } from './filter.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * The records that one fetch returned for one partition, as the JSON texts that an event carries: in one
 * buffer, separated by commas. Record `i` ends at `ends[i]`, and the next one starts a byte later. The
 * fetched bytes are freed at once. The size of an event is known exactly, and an event is made by copying
 * bytes.
 */
export type Segment = {
  bytes: Buffer;
  ends: number[];
  offsets: number[];
  timestamps: number[];
  /** The offset after the last record that was fetched, filtered records included. */
  nextOffset: number;
  /** How many records were fetched, filtered records included. */
  read: number;
};

export type EventSource = { eventSourceArn?: string; bootstrapServers: string };
export type Accepts = (record: FilterRecord) => boolean;

/** The text of an event before and after its records. */
export type Envelope = { head: Buffer; tail: Buffer };

/** The envelope of an event with records of one partition. */
export function envelopeOf(
  { eventSourceArn, bootstrapServers }: EventSource,
  topic: string,
  partition: number,
): Envelope {
  const source = eventSourceArn
    ? `"eventSource":"aws:kafka","eventSourceArn":${ascii(eventSourceArn)}`
    : `"eventSource":"SelfManagedKafka"`;
  return {
    head: Buffer.from(
      `{${source},"bootstrapServers":${ascii(bootstrapServers)},"records":{${ascii(`${topic}-${partition}`)}:[`,
    ),
    tail: Buffer.from(']}}'),
  };
}

/**
 * Turns batches into the texts of their records, from `fromOffset` on: a batch may start before the offset
 * that was fetched. The shape of a record:
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event.
 */
export function encode(
  topic: string,
  partition: number,
  batches: RecordBatch[],
  {
    fromOffset,
    nextOffset,
    accepts,
  }: { fromOffset: number; nextOffset: number; accepts?: Accepts | undefined },
): Segment {
  // A text that failed half-way may have left bytes.
  out.clear();
  const start = Buffer.from(`{"topic":${ascii(topic)},"partition":${partition},"offset":`);
  const segment: Segment = {
    bytes: Buffer.alloc(0),
    ends: [],
    offsets: [],
    timestamps: [],
    nextOffset,
    read: 0,
  };
  for (const batch of batches) {
    const timestampType = batch.appendedAt === undefined ? 'CREATE_TIME' : 'LOG_APPEND_TIME';
    const afterTimestamp = Buffer.from(`,"timestampType":"${timestampType}"`);
    const bytes = batch.records;
    const cursor = { bytes, at: 0 };
    const previous: PreviousHeader[] = [];
    for (let i = 0; i < batch.count; i++) {
      const end = readNumber(cursor) + cursor.at;
      cursor.at++; // attributes, which have no meaning yet
      const timestampDelta = readNumber(cursor);
      const timestamp = batch.appendedAt ?? batch.firstTimestamp + timestampDelta;
      const offset = batch.firstOffset + readNumber(cursor);
      const keyLength = readNumber(cursor);
      const keyAt = cursor.at;
      cursor.at += Math.max(0, keyLength);
      const valueLength = readNumber(cursor);
      const valueAt = cursor.at;
      cursor.at += Math.max(0, valueLength);
      const headersAt = cursor.at;
      cursor.at = end;
      if (offset < fromOffset) continue;
      segment.read++;
      if (accepts) {
        const key = keyLength < 0 ? null : bytes.subarray(keyAt, keyAt + keyLength);
        const value = valueLength < 0 ? null : bytes.subarray(valueAt, valueAt + valueLength);
        if (!accepts({ topic, partition, offset, timestamp, timestampType, key, value })) continue;
      }
      out.reserve(
        start.length +
          MAX_FIELD_BYTES +
          2 * (headersAt - keyAt) +
          MAX_BYTES_PER_HEADER_BYTE * (end - headersAt),
      );
      if (out.length > 0) out.byte(COMMA);
      out.bytes(start);
      out.number(offset);
      out.bytes(TIMESTAMP);
      out.number(timestamp);
      out.bytes(afterTimestamp);
      // A record without a key has no `key`, and a tombstone has no `value`.
      if (keyLength >= 0) {
        out.bytes(KEY);
        out.base64(bytes, keyAt, keyAt + keyLength);
        out.byte(QUOTE);
      }
      if (valueLength >= 0) {
        out.bytes(VALUE);
        out.base64(bytes, valueAt, valueAt + valueLength);
        out.byte(QUOTE);
      }
      out.bytes(HEADERS);
      encodeHeaders({ bytes, at: headersAt }, previous);
      out.bytes(END);
      segment.ends.push(out.length);
      segment.offsets.push(offset);
      segment.timestamps.push(timestamp);
    }
  }
  segment.bytes = out.take();
  return segment;
}

/** One buffer serves all segments, because a segment is encoded without a break. */
const out = new EventText();
const TIMESTAMP = Buffer.from(',"timestamp":');
const KEY = Buffer.from(',"key":"');
const VALUE = Buffer.from(',"value":"');
const HEADERS = Buffer.from(',"headers":[');
const END = Buffer.from(']}');
const NULL = Buffer.from('null');
const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN = 0x7b;
const COLON = 0x3a;
const CLOSE = 0x7d;
/** The most bytes of a record beside its start, key, value and headers. */
const MAX_FIELD_BYTES = 160;
/** The most bytes that one byte of a header becomes: `\u00e9` in a name, and the characters around it. */
const MAX_BYTES_PER_HEADER_BYTE = 8;

type Cursor = { bytes: Buffer; at: number };

/**
 * Reads a zigzag varint. Bits past 2^31 are added and not shifted, because timestamps may differ by more than
 * that.
 */
function readNumber(cursor: Cursor): number {
  let byte = cursor.bytes[cursor.at++] as number;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  let value = byte & 0x7f;
  for (let unit = 128; byte >= 0x80; unit *= 128) {
    byte = cursor.bytes[cursor.at++] as number;
    value += (byte & 0x7f) * unit;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** A header of the previous record: where its name and value are in the batch, and where their text is. */
type PreviousHeader = {
  at: number;
  nameEnd: number;
  end: number;
  textAt: number;
  nameTextEnd: number;
  textEnd: number;
};

/** Headers of neighbouring records often have the same names and values. Then their text is copied. */
function encodeHeaders(cursor: Cursor, previous: PreviousHeader[]) {
  const { bytes } = cursor;
  const count = readNumber(cursor);
  for (let i = 0; i < count; i++) {
    if (i > 0) out.byte(COMMA);
    const at = cursor.at;
    const nameLength = readNumber(cursor);
    const nameAt = cursor.at;
    cursor.at += nameLength;
    const nameEnd = cursor.at;
    const valueLength = readNumber(cursor);
    const valueAt = cursor.at;
    cursor.at += Math.max(0, valueLength);
    const textAt = out.length;
    const before = previous[i];
    const sameName = before !== undefined && areEqual(bytes, before.at, before.nameEnd, at, nameEnd);
    if (sameName && areEqual(bytes, before.nameEnd, before.end, nameEnd, cursor.at)) {
      out.repeat(before.textAt, before.textEnd);
      continue;
    }
    if (sameName) out.repeat(before.textAt, before.nameTextEnd);
    else {
      out.byte(OPEN);
      out.text(ascii(bytes.toString('utf8', nameAt, nameEnd)));
      out.byte(COLON);
    }
    const nameTextEnd = out.length;
    if (valueLength < 0) out.bytes(NULL);
    else out.signedBytes(bytes, valueAt, cursor.at);
    out.byte(CLOSE);
    previous[i] = { at, nameEnd, end: cursor.at, textAt, nameTextEnd, textEnd: out.length };
  }
}

function areEqual(bytes: Buffer, from: number, to: number, otherFrom: number, otherTo: number): boolean {
  if (to - from !== otherTo - otherFrom) return false;
  for (let i = from, other = otherFrom; i < to; i++, other++) if (bytes[i] !== bytes[other]) return false;
  return true;
}

/** A JSON string in ASCII, so that its length in characters is its length in bytes. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
