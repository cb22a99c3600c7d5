import { isAscii, isUtf8 } from 'node:buffer';
import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import { parseTimestamp } from './timestamp.ts';

export type KafkaEvent = MSKEvent | SelfManagedKafkaEvent;
type EventRecord = KafkaEvent['records'][string][number];

export interface KafkaRecord {
  /** With its generation, if it is not the first: `weather-data@1` (topic-generations.ts). */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  /** The message as text; null for a tombstone. */
  readonly text: string | null;
  /** The message as parsed JSON; undefined when it is not JSON. */
  readonly value: unknown;
  /**
   * The message's bytes, from `start` to `end` in a buffer of the whole batch. Absent for a tombstone, and
   * for a record that did not come in an event.
   */
  readonly bytes?: Buffer | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
  readonly headers: RecordHeaders;
}

/**
 * The headers this system writes and reads. Other headers and malformed ones are ignored. `source` and `row`
 * together are a sequence number: a record whose row is not past the last row seen counts as a duplicate. So
 * a producer that cannot send a source's rows to a partition in order must leave both headers out.
 */
interface RecordHeaders {
  /**
   * The version of the file a record came from: an id, in older records `<object key>@<ETag>`
   * (lambdas/shared/kafka/source.ts).
   */
  readonly source?: string;
  /** The line in that file where the record starts, counted from 1. */
  readonly row?: number;
  readonly origin?: Origin;
  /** The consumer that must process a retried record again; every other consumer skips it. */
  readonly retryFor?: string;
  /** The number of the retry, counted from 1. */
  readonly attempt?: number;
  readonly firstFailedAtMs?: number;
  /** The error of each attempt, one line each, the latest last. */
  readonly cause?: string;
  /** On `error-data`: the consumer that dead-lettered the record. */
  readonly failedIn?: string;
  /**
   * On `error-data`: how the raw row is read, if not as documented. For each field of an observation its
   * cell, or the whole format as a JSON object.
   */
  readonly columns?: string;
}

/**
 * Where a record first failed: its place in Kafka. For a redriven record: the table of errors, partition 0,
 * the row's id. The topic has its generation, as in `KafkaRecord`.
 */
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

/** The topics of an event, by their names in Kafka. */
export const topicsOf = (event: KafkaEvent): string[] => [
  ...new Set(Object.values(event.records).flatMap(([first]) => (first ? [first.topic] : []))),
];

/**
 * The ARN of the event's cluster. A new cluster has another one, under the same name too. A cluster of
 * one's own has none.
 */
export const clusterOf = (event: KafkaEvent): string =>
  event.eventSource === 'aws:kafka' ? event.eventSourceArn : 'self-managed';

/**
 * Decodes an event into one list of records per partition, sorted by topic and partition. `nameOf` adds the
 * generation to the name of a topic.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html
 */
export function decodeKafkaEvent(event: KafkaEvent, nameOf: (topic: string) => string): PartitionRecords[] {
  return Object.values(event.records)
    .flatMap(([first, ...rest]) => (first ? [[first, ...rest] as const] : []))
    .map((records) => {
      const topic = nameOf(records[0].topic);
      return { topic, partition: records[0].partition, records: decodeRecords(records, topic) };
    })
    .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
}

function decodeRecords(records: readonly EventRecord[], topic: string): KafkaRecord[] {
  const values = new Messages(records.map(({ value }) => value));
  return records.map((record, place) => new DecodedRecord(record, topic, place, values));
}

/**
 * Texts and JSON are made on demand. Consumers of observations read most messages from their bytes
 * (lambdas/shared/wire/plain-observation.ts).
 */
class DecodedRecord implements KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly bytes: Buffer | undefined;
  readonly start: number;
  readonly end: number;
  readonly headers: RecordHeaders;
  readonly #place: number;
  readonly #key: string | null | undefined;
  readonly #values: Messages;

  constructor(
    { partition, offset, timestamp, key, headers }: EventRecord,
    topic: string,
    place: number,
    values: Messages,
  ) {
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
    this.timestampMs = timestamp;
    this.start = values.startOf(place);
    this.end = values.endOf(place);
    this.bytes = values.has(place) ? values.bytes : undefined;
    this.headers = decodeHeaders(headers ?? []);
    this.#place = place;
    this.#key = key;
    this.#values = values;
  }

  get key(): string | null {
    return typeof this.#key === 'string' ? Buffer.from(this.#key, 'base64').toString() : null;
  }

  get text(): string | null {
    return this.#values.textOf(this.#place);
  }

  get value(): unknown {
    const text = this.text;
    return text !== null && this.#values.isUtf8(this.#place) ? parseJson(text) : undefined;
  }
}

/**
 * The messages of a batch, from base64 in one buffer. Most batches are ASCII, and then one call converts all
 * of them.
 */
class Messages {
  readonly bytes: Buffer;
  /** Where each one ends. One that is null begins at -1. */
  readonly #ends: Int32Array;
  readonly #starts: Int32Array;
  #all: string | undefined;
  #isUtf8: boolean | undefined;

  constructor(encoded: readonly (string | null | undefined)[]) {
    // Four characters are three bytes. V8 collects all garbage for what buffers have too many.
    const most = encoded.reduce((sum, base64) => sum + (((base64?.length ?? 0) * 3) >>> 2), 0);
    const bytes = Buffer.allocUnsafe(most);
    this.#starts = new Int32Array(encoded.length);
    this.#ends = new Int32Array(encoded.length);
    let end = 0;
    for (let place = 0; place < encoded.length; place++) {
      const base64 = encoded[place];
      const isText = typeof base64 === 'string';
      this.#starts[place] = isText ? end : -1;
      if (isText) end += bytes.write(base64, end, 'base64');
      this.#ends[place] = end;
    }
    this.bytes = bytes.subarray(0, end);
  }

  has(place: number): boolean {
    return this.startOf(place) >= 0;
  }

  startOf(place: number): number {
    return this.#starts[place] ?? -1;
  }

  endOf(place: number): number {
    return this.#ends[place] ?? 0;
  }

  /** With replacement characters where the bytes are not UTF-8. */
  textOf(place: number): string | null {
    if (!this.has(place)) return null;
    this.#all ??= isAscii(this.bytes) ? this.bytes.toString('latin1') : '';
    const [start, end] = [this.startOf(place), this.endOf(place)];
    return this.#all === '' ? this.bytes.toString('utf8', start, end) : this.#all.slice(start, end);
  }

  /**
   * Two neighbours may have half a character each, which together are valid UTF-8. No JSON begins or ends
   * that way.
   */
  isUtf8(place: number): boolean {
    this.#isUtf8 ??= isUtf8(this.bytes);
    return this.#isUtf8 || isUtf8(this.bytes.subarray(this.startOf(place), this.endOf(place)));
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * A header's bytes are numbers, signed or unsigned. If a name is repeated, the last one counts, as in Kafka's
 * `lastHeader`.
 */
function decodeHeaders(headers: EventRecord['headers']): RecordHeaders {
  const decoded: { -readonly [K in keyof RecordHeaders]: RecordHeaders[K] } = {};
  for (const header of headers) {
    for (const name in header) {
      const bytes = header[name];
      if (!bytes) continue;
      // Every record of a file has these two. Read the general way, they took more time than the message.
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

/** Usually equals the source of the previous record, which is kept as text. */
function readSource(bytes: readonly number[]): string | undefined {
  if (!lastSource || !areEqual(bytes, lastSource.bytes)) {
    const text = Buffer.from(bytes).toString();
    lastSource = { bytes, text: storable(text) ? text : undefined };
  }
  return lastSource.text;
}

function areEqual(some: readonly number[], others: readonly number[]): boolean {
  if (some.length !== others.length) return false;
  // Sources differ more often at their ends.
  for (let place = some.length - 1; place >= 0; place--) if (some[place] !== others[place]) return false;
  return true;
}

/** Reads up to 15 digits: numbers of that size are exact. */
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
  ['columns', (text) => (sixPlaces.test(text) || isSmallJson(text) ? { columns: text } : undefined)],
  ['failed-in', (text) => (storable(text) ? { failedIn: text } : undefined)],
]);

const smallCount = /^\d{1,9}$/;

/** A format of rows that is more than the order of the fields. */
const isSmallJson = (text: string) =>
  text.startsWith('{') && text.length <= maxFormatChars && parseJson(text) !== undefined;

/** The longest header `columns`. */
export const maxFormatChars = 16_384;

const sixPlaces = /^(-1|\d{1,6})(,(-1|\d{1,6})){5}$/;

/**
 * An S3 key has at most 1,024 bytes. Postgres limits an index entry to 2,704 bytes, and its text cannot hold
 * NUL.
 */
const storable = (text: string) =>
  text.length > 0 && Buffer.byteLength(text) <= 1_200 && !text.includes('\0');

/**
 * Causes travel to other topics and tables. They must neither make a message too large nor be refused there.
 */
const maxCauseChars = 3_500;
const printable = (text: string) => text.toWellFormed().replace(/[^\P{Cc}\n]|[\ufffe\uffff]/gu, ' ');

const originFormat = /^([\w.-]{1,249}(?:@[1-9]\d{0,5})?)\/(\d{1,9})\/(\d{1,15})$/;

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
