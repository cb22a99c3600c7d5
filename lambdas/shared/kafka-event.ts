import { isUtf8 } from 'node:buffer';
import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import { parseTimestamp } from './error-record.ts';

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
      records: records.map(decodeRecord),
    }))
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

function decodeRecord(record: EventRecord): KafkaRecord {
  const bytes = typeof record.value === 'string' ? Buffer.from(record.value, 'base64') : null;
  const text = bytes === null ? null : bytes.toString();
  return {
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    timestampMs: record.timestamp,
    key: typeof record.key === 'string' ? Buffer.from(record.key, 'base64').toString() : null,
    text,
    value: bytes === null || text === null || !isUtf8(bytes) ? undefined : parseJson(text),
    headers: decodeHeaders(record.headers ?? []),
  };
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
      const reader = headerReaders.get(name);
      const bytes = header[name];
      if (reader && bytes) Object.assign(decoded, reader(headerText(bytes)));
    }
  }
  return decoded;
}

let lastLong: { readonly bytes: readonly number[]; readonly text: string } = { bytes: [], text: '' };

/** Headers took more time than the message: most are digits, or the source of the record before. */
function headerText(bytes: readonly number[]): string {
  if (bytes.length <= shortBytes) return asciiText(bytes) ?? Buffer.from(bytes).toString();
  const { length } = bytes;
  let same = length === lastLong.bytes.length;
  for (let place = length - 1; same && place >= 0; place--) same = bytes[place] === lastLong.bytes[place];
  if (!same) lastLong = { bytes, text: Buffer.from(bytes).toString() };
  return lastLong.text;
}

const shortBytes = 16;

function asciiText(bytes: readonly number[]): string | undefined {
  let text = '';
  for (const byte of bytes) {
    if (byte < 0 || byte > 0x7f) return undefined;
    text += String.fromCharCode(byte);
  }
  return text;
}

const headerReaders = new Map<string, (text: string) => RecordHeaders | undefined>([
  ['source', (text) => (storable(text) ? { source: text } : undefined)],
  ['row', (text) => (decimalCount.test(text) ? { row: Number(text) } : undefined)],
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

// 15 digits are exact as a number.
const decimalCount = /^\d{1,15}$/;

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
