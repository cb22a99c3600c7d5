import { encode, type Segment } from '../../../../localstack/kafka-poller/event.ts';
import type { RecordBatch } from '../../../../localstack/kafka-poller/record-batch.ts';

export type TestRecord = {
  offset: number;
  timestamp: number;
  key: Buffer | null;
  value: Buffer | null;
  headers: [string, Buffer | null][];
};

export const recordAt = (offset: number, fields: Partial<TestRecord> = {}): TestRecord => ({
  offset,
  timestamp: 1545084650987,
  key: null,
  value: Buffer.from(`value ${offset}`),
  headers: [],
  ...fields,
});

/** The records as a broker stores them: https://kafka.apache.org/documentation/#record. */
export function batchOf(records: TestRecord[], appendedAt?: number): RecordBatch {
  const first = records[0] ?? recordAt(0);
  return {
    offset: String(records.at(-1)?.offset ?? 0),
    firstOffset: first.offset,
    firstTimestamp: first.timestamp,
    appendedAt,
    count: records.length,
    records: Buffer.concat(records.map((record) => bytesOf(record, first))),
    producerId: '-1',
    isTransactional: false,
    isAbortMarker: false,
    fetchStartedAt: 0,
  };
}

function bytesOf(record: TestRecord, first: TestRecord): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    number(record.timestamp - first.timestamp),
    number(record.offset - first.offset),
    sized(record.key),
    sized(record.value),
    number(record.headers.length),
    ...record.headers.flatMap(([name, value]) => [sized(Buffer.from(name)), sized(value)]),
  ]);
  return Buffer.concat([number(body.length), body]);
}

const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? number(-1) : Buffer.concat([number(bytes.length), bytes]);

/** Zigzag, seven bits a byte. */
function number(value: number): Buffer {
  let rest = value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n;
  const bytes: number[] = [];
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

/** Records `from` … `to - 1` of topic "t", partition 0. */
export function segmentOf(from: number, to: number, fields: Partial<TestRecord> = {}): Segment {
  const records = Array.from({ length: to - from }, (_, i) => recordAt(from + i, fields));
  return encode('t', 0, [batchOf(records)], { fromOffset: from, nextOffset: to });
}
