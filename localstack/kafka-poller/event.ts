import { EventText } from './event-text.ts';
import type { FilterRecord } from './filter.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * Records of one fetch of one partition, already in the form in which the event carries them: their JSON
 * texts in one buffer, separated by commas. Record `i` ends at `ends[i]`; the next one starts a byte later.
 * Keeping text lets go of the fetched bytes at once, and makes the size of an event exact and its making a
 * copy of bytes.
 */
export type Segment = {
  bytes: Buffer;
  ends: number[];
  offsets: number[];
  timestamps: number[];
  /** The offset after the last record fetched, filtered ones included. */
  nextOffset: number;
  /** Records fetched, filtered ones included. */
  read: number;
};

export type EventSource = { eventSourceArn?: string; bootstrapServers: string };
export type Accepts = (record: FilterRecord) => boolean;

/** The text of an event before and after its records. */
export type Envelope = { head: Buffer; tail: Buffer };

/** The envelope of an event with records of one partition. */
export function envelope(
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
 * The records from `fromOffset` on; a batch may begin before what was asked for.
 * Shape of a record: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event.
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
  // What is left of a text that could not be finished.
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
    const known: KnownHeader[] = [];
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
        start.length + MOST_OF_FIELDS + 2 * (headersAt - keyAt) + MOST_OF_A_BYTE * (end - headersAt),
      );
      if (out.length > 0) out.byte(COMMA);
      out.bytes(start);
      out.number(offset);
      out.bytes(TIMESTAMP);
      out.number(timestamp);
      out.bytes(afterTimestamp);
      // An absent key or a tombstone's value has no field at all.
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
      encodeHeaders({ bytes, at: headersAt }, known);
      out.bytes(END);
      segment.ends.push(out.length);
      segment.offsets.push(offset);
      segment.timestamps.push(timestamp);
    }
  }
  segment.bytes = out.take();
  return segment;
}

/** One for all, as records are encoded at one go. */
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
/** Bytes of a record's text beside its start, key, value and headers. */
const MOST_OF_FIELDS = 160;
/** What a byte of a header may become: `\u00e9` in a name of Latin letters, and what stands around it. */
const MOST_OF_A_BYTE = 8;

type Cursor = { bytes: Buffer; at: number };

/**
 * A zigzag number of variable length. Bits past 2^31 are added, not shifted: timestamps may differ by more.
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

/** Where a header of the record before has its bytes in the batch, its name's included, and its text. */
type KnownHeader = {
  at: number;
  nameEnd: number;
  end: number;
  textAt: number;
  nameTextEnd: number;
  textEnd: number;
};

/** Records of a producer have names, and often values, of headers in common: then the text is copied. */
function encodeHeaders(cursor: Cursor, known: KnownHeader[]) {
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
    const before = known[i];
    const sameName = before !== undefined && areEqual(bytes, before.at, before.nameEnd, at, nameEnd);
    if (sameName && areEqual(bytes, before.nameEnd, before.end, nameEnd, cursor.at)) {
      out.again(before.textAt, before.textEnd);
      continue;
    }
    if (sameName) out.again(before.textAt, before.nameTextEnd);
    else {
      out.byte(OPEN);
      out.text(ascii(bytes.toString('utf8', nameAt, nameEnd)));
      out.byte(COLON);
    }
    const nameTextEnd = out.length;
    if (valueLength < 0) out.bytes(NULL);
    else out.signedBytes(bytes, valueAt, cursor.at);
    out.byte(CLOSE);
    known[i] = { at, nameEnd, end: cursor.at, textAt, nameTextEnd, textEnd: out.length };
  }
}

function areEqual(bytes: Buffer, from: number, to: number, otherFrom: number, otherTo: number): boolean {
  if (to - from !== otherTo - otherFrom) return false;
  for (let i = from, other = otherFrom; i < to; i++, other++) if (bytes[i] !== bytes[other]) return false;
  return true;
}

/** A JSON string in ASCII, so that characters are bytes. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
