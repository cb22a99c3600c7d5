import { isAscii, isUtf8 } from 'node:buffer';
import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import { parseTimestamp } from './timestamp.ts';

export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent;
type EventRecord = KafkaEvent['records'][string][number];

export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** The message as text; null for a tombstone. */
  readonly text: string | null;
  /** The message as parsed JSON; undefined when it is not JSON. */
  readonly value: unknown;
  readonly headers: RecordHeaders;
}

/**
 * The headers this system writes and reads. Whatever else is on a record, or is malformed, is as good as absent.
 * `source` and `row` together are a sequence number: a producer that cannot send the rows of a source to a partition in
 * their order must leave them out, for a record that is not past the last one seen counts as its repetition.
 */
interface RecordHeaders {
  /** `<object key>@<ETag>` of the file a record came from. */
  readonly source?: string;
  /** The line in that file where the record starts, from 1. */
  readonly row?: number;
  readonly origin?: Origin;
  /** The one consumer that must see a retried record again. */
  readonly retryFor?: string;
  /** Which attempt after the first this is, from 1. */
  readonly attempt?: number;
  readonly firstFailedAtMs?: number;
  /** What each attempt failed of, a line for each, the last one last. */
  readonly cause?: string;
  /** On `error-data`: the consumer that gave the record up. */
  readonly failedIn?: string;
  /** On `error-data`: which cell of the raw row each field of an observation is, when they are not in the documented order. */
  readonly columns?: string;
}

/** Where a record first failed: in Kafka, or, for one that was redriven, in the table of errors (partition 0, its id). */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** The records of one Kafka partition, in offset order. */
export interface PartitionRecords {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly KafkaRecord[];
}

/** Decodes an event, grouped by topic and partition and sorted by them. https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html */
export function decodeKafkaEvent(event: KafkaEvent): PartitionRecords[] {
  return Object.values(event.records)
    .flatMap(([first, ...rest]) => (first ? [[first, ...rest] as const] : []))
    .map((records) => ({
      topic: records[0].topic,
      partition: records[0].partition,
      records: decodeRecords(records),
    }))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

function decodeRecords(records: readonly EventRecord[]): KafkaRecord[] {
  const keys = decodeTexts(records.map(({ key }) => key));
  const values = decodeTexts(records.map(({ value }) => value));
  return records.map((record, place) => {
    const value = values[place];
    return {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestampMs: record.timestamp,
      key: keys[place]?.text ?? null,
      text: value?.text ?? null,
      value: value?.isUtf8 ? parseJson(value.text) : undefined,
      headers: decodeHeaders(record.headers ?? []),
    };
  });
}

interface DecodedText {
  readonly text: string;
  /** False when bytes within the text are no UTF-8, for which it has replacement characters. */
  readonly isUtf8: boolean;
}

/** Into one buffer, so that text in ASCII, most of it, is made and examined by one call for all; undefined for null. */
function decodeTexts(encoded: readonly (string | null | undefined)[]): (DecodedText | undefined)[] {
  const bytes = Buffer.allocUnsafe(encoded.reduce((sum, base64) => sum + (base64?.length ?? 0), 0));
  let end = 0;
  const spans = encoded.map((base64) => {
    if (typeof base64 !== 'string') return undefined;
    const start = end;
    end += bytes.write(base64, start, 'base64');
    return { start, end };
  });
  const all = bytes.subarray(0, end);
  if (isAscii(all)) {
    const text = all.toString('latin1');
    return spans.map((span) => span && { text: text.slice(span.start, span.end), isUtf8: true });
  }
  // Neighbours may make a character together, of halves at their ends; but no JSON begins or ends with half a character.
  const allUtf8 = isUtf8(all);
  return spans.map((span) => {
    if (!span) return undefined;
    return {
      text: all.toString('utf8', span.start, span.end),
      isUtf8: allUtf8 || isUtf8(all.subarray(span.start, span.end)),
    };
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A header's bytes come as numbers, signed or unsigned; of a repeated name the last counts, as with Kafka's `lastHeader`. */
function decodeHeaders(headers: EventRecord['headers']): RecordHeaders {
  const decoded: { -readonly [K in keyof RecordHeaders]: RecordHeaders[K] } = {};
  for (const header of headers) {
    for (const name in header) {
      const bytes = header[name];
      if (!bytes) continue;
      // These two are on every record of a file, and took more time than its message.
      if (name === 'source') {
        const source = readSource(bytes);
        if (source !== undefined) decoded.source = source;
      } else if (name === 'row') {
        const row = readCount(bytes);
        if (row !== undefined) decoded.row = row;
      } else {
        const reader = headerReaders.get(name);
        if (reader) Object.assign(decoded, reader(Buffer.from(bytes).toString()));
      }
    }
  }
  return decoded;
}

let lastSource: { readonly bytes: readonly number[]; readonly text: string | undefined } | undefined;

/** Mostly the source of the record before. */
function readSource(bytes: readonly number[]): string | undefined {
  if (!lastSource || !areEqual(bytes, lastSource.bytes)) {
    const text = Buffer.from(bytes).toString();
    lastSource = { bytes, text: storable(text) ? text : undefined };
  }
  return lastSource.text;
}

function areEqual(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false;
  // The end of a source differs before its beginning does.
  for (let place = some.length - 1; place >= 0; place--) if (some[place] !== others[place]) return false;
  return true;
}

/** Up to 15 digits, which are exact as a number. */
function readCount(digits: readonly number[]): number | undefined {
  if (digits.length === 0 || digits.length > 15) return undefined;
  let count = 0;
  for (const digit of digits) {
    if (digit < zero || digit > nine) return undefined;
    count = count * 10 + digit - zero;
  }
  return count;
}

const zero = '0'.charCodeAt(0);
const nine = '9'.charCodeAt(0);

const headerReaders = new Map<string, (text: string) => RecordHeaders | undefined>([
  ['origin', parseOrigin],
  ['retry-for', (text) => (storable(text) ? { retryFor: text } : undefined)],
  ['attempt', (text) => (smallCount.test(text) ? { attempt: Number(text) } : undefined)],
  ['first-failed-at', parseTime],
  ['cause', (text) => ({ cause: printable(text.slice(0, maxCauseChars)) })],
  ['columns', (text) => (sixPlaces.test(text) ? { columns: text } : undefined)],
  ['failed-in', (text) => (storable(text) ? { failedIn: text } : undefined)],
]);

const smallCount = /^\d{1,9}$/;

const sixPlaces = /^(-1|\d{1,6})(,(-1|\d{1,6})){5}$/;

/** An S3 key has at most 1,024 bytes; an index entry of Postgres ends at 2,704, and its text holds no NUL. */
const storable = (text: string) =>
  text.length > 0 && Buffer.byteLength(text) <= 1_200 && !text.includes('\0');

/** A cause goes on to other topics and tables, where it must not be what makes a message too large, or is refused. */
const maxCauseChars = 3_500;
const printable = (text: string) => text.toWellFormed().replace(/[^\P{Cc}\n]|[\ufffe\uffff]/gu, ' ');

const originFormat = /^([\w.-]{1,249})\/(\d{1,9})\/(\d{1,15})$/;

function parseOrigin(text: string): RecordHeaders | undefined {
  const match = originFormat.exec(text);
  if (!match?.[1]) return undefined;
  return { origin: { topic: match[1], partition: Number(match[2]), offset: Number(match[3]) } };
}

function parseTime(text: string): RecordHeaders | undefined {
  const ms = parseTimestamp(text);
  return ms === undefined ? undefined : { firstFailedAtMs: ms };
}

export function formatOrigin({ topic, partition, offset }: Origin): string {
  return `${topic}/${partition}/${offset}`;
}
