import type { FilterRecord } from './filter.ts';

/** A record as kafkajs hands it over. `batchContext` is not in its types: timestampType 1 is LOG_APPEND_TIME. */
export type KafkaRecord = {
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers?: { [name: string]: HeaderValue | HeaderValue[] };
  batchContext?: { timestampType?: number };
};
type HeaderValue = Buffer | string | null | undefined;

/**
 * Records of one fetch of one partition, already in the form in which the event carries them: their JSON texts in one
 * buffer, separated by commas. Record `i` ends at `ends[i]`; the next one starts a byte later. Keeping text instead of
 * objects lets go of kafkajs' fetch buffers at once, and makes the size of an event exact and its making a copy of bytes.
 */
export type Segment = {
  bytes: Buffer;
  ends: number[];
  offsets: number[];
  timestamps: number[];
  /** The offset after the last record fetched, filtered ones included. */
  nextOffset: number;
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

/** Shape of a record: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html#msk-sample-event. */
export function encode(
  topic: string,
  partition: number,
  records: KafkaRecord[],
  nextOffset: number,
  accepts?: Accepts,
): Segment {
  const head = `{"topic":${ascii(topic)},"partition":${partition},"offset":`;
  const segment: Segment = { bytes: Buffer.alloc(0), ends: [], offsets: [], timestamps: [], nextOffset };
  let text = '';
  for (const record of records) {
    const timestampType = record.batchContext?.timestampType === 1 ? 'LOG_APPEND_TIME' : 'CREATE_TIME';
    if (accepts && !accepts({ ...record, topic, partition, timestampType })) continue;
    if (text !== '') text += ',';
    text += `${head}${record.offset},"timestamp":${record.timestamp},"timestampType":"${timestampType}"`;
    // An absent key or a tombstone's value has no field at all.
    if (record.key !== null) text += `,"key":"${record.key.toString('base64')}"`;
    if (record.value !== null) text += `,"value":"${record.value.toString('base64')}"`;
    text += `,"headers":${record.headers ? encodeHeaders(record.headers) : '[]'}}`;
    segment.ends.push(text.length);
    segment.offsets.push(Number(record.offset));
    segment.timestamps.push(Number(record.timestamp));
  }
  segment.bytes = Buffer.from(text, 'latin1');
  return segment;
}

function encodeHeaders(headers: NonNullable<KafkaRecord['headers']>): string {
  const parts: string[] = [];
  for (const name in headers) {
    const value = headers[name];
    for (const one of Array.isArray(value) ? value : [value])
      parts.push(`{${ascii(name)}:${signedBytes(one)}}`);
  }
  return `[${parts.join()}]`;
}

/** Java bytes: -128..127. */
function signedBytes(value: HeaderValue): string {
  if (value === null || value === undefined) return 'null';
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return `[${new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength).join()}]`;
}

/** A JSON string in ASCII, so that characters are bytes. */
function ascii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
