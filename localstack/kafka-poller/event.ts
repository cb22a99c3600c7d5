import type { FilterRecord } from './filter.ts';
import type { RecordBatch } from './record-batch.ts';

/**
 * Records of one fetch of one partition, already in the form in which the event carries them: their JSON texts in one
 * buffer, separated by commas. Record `i` ends at `ends[i]`; the next one starts a byte later. Keeping text lets go of the
 * fetched bytes at once, and makes the size of an event exact and its making a copy of bytes.
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

/** The texts around the records of one partition; together with them they are the whole event. */
export function envelope(
  { eventSourceArn, bootstrapServers }: EventSource,
  topic: string,
  partition: number,
) {
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
  const start = `{"topic":${ascii(topic)},"partition":${partition},"offset":`;
  const segment: Segment = {
    bytes: Buffer.alloc(0),
    ends: [],
    offsets: [],
    timestamps: [],
    nextOffset,
    read: 0,
  };
  const headerTexts = new Map<string, string>();
  let text = '';
  for (const batch of batches) {
    const timestampType = batch.appendedAt === undefined ? 'CREATE_TIME' : 'LOG_APPEND_TIME';
    const bytes = batch.records;
    const cursor = { bytes, at: 0 };
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
      if (text !== '') text += ',';
      text += `${start}${offset},"timestamp":${timestamp},"timestampType":"${timestampType}"`;
      // An absent key or a tombstone's value has no field at all.
      if (keyLength >= 0) text += `,"key":"${bytes.toString('base64', keyAt, keyAt + keyLength)}"`;
      if (valueLength >= 0) text += `,"value":"${bytes.toString('base64', valueAt, valueAt + valueLength)}"`;
      text += `,"headers":[${encodeHeaders({ bytes, at: headersAt }, headerTexts)}]}`;
      segment.ends.push(text.length);
      segment.offsets.push(offset);
      segment.timestamps.push(timestamp);
    }
  }
  segment.bytes = Buffer.from(text, 'latin1');
  return segment;
}

type Cursor = { bytes: Buffer; at: number };

/** A zigzag number of variable length. Bits past 2^31 are added, not shifted: timestamps may differ by more. */
function readNumber(cursor: Cursor): number {
  let byte = cursor.bytes[cursor.at++] as number;
  let value = byte & 0x7f;
  for (let unit = 128; byte >= 0x80; unit *= 128) {
    byte = cursor.bytes[cursor.at++] as number;
    value += (byte & 0x7f) * unit;
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

/** Records of a producer have names, and often values, of headers in common: `known` has their texts. */
function encodeHeaders(cursor: Cursor, known: Map<string, string>): string {
  const { bytes } = cursor;
  let texts = '';
  for (let left = readNumber(cursor); left > 0; left--) {
    const start = cursor.at;
    const nameLength = readNumber(cursor);
    const nameAt = cursor.at;
    cursor.at += nameLength;
    const valueLength = readNumber(cursor);
    const valueAt = cursor.at;
    cursor.at += Math.max(0, valueLength);
    const cached = valueLength >= LEAST_WORTH_KNOWING;
    const raw = bytes.toString('latin1', start, cached ? cursor.at : nameAt + nameLength);
    let text = known.get(raw);
    if (text === undefined) {
      text = `{${ascii(bytes.toString('utf8', nameAt, nameAt + nameLength))}:`;
      if (cached) text += `${signedBytes(bytes, valueAt, cursor.at)}}`;
      if (known.size < KNOWN_HEADERS) known.set(raw, text);
    }
    if (!cached) text += valueLength < 0 ? 'null}' : `${signedBytes(bytes, valueAt, cursor.at)}}`;
    texts += texts === '' ? text : `,${text}`;
  }
  return texts;
}

const KNOWN_HEADERS = 64;
/** Bytes of a value. Shorter ones differ from record to record, and are soon written. */
const LEAST_WORTH_KNOWING = 16;
/** Java bytes: -128..127. */
const SIGNED = Array.from({ length: 256 }, (_, byte) => `${byte < 128 ? byte : byte - 256}`);

function signedBytes(bytes: Buffer, from: number, to: number): string {
  let text = '[';
  for (let at = from; at < to; at++)
    text += at === from ? SIGNED[bytes[at] as number] : `,${SIGNED[bytes[at] as number]}`;
  return `${text}]`;
}

/** A JSON string in ASCII, so that characters are bytes. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
