import type { Envelope, Segment } from './event.ts';

/** Records `from` to `to - 1` of a segment. A batch is a list of slices in the order of their offsets. */
export type Slice = { segment: Segment; from: number; to: number };

/** The partition of a batch, and the text around its records in an event. */
export type Place = { topic: string; partition: number; envelope: Envelope };

export const countRecords = (slices: Slice[]): number =>
  slices.reduce((sum, { from, to }) => sum + to - from, 0);

/** Bytes of the records' texts and of the commas between them. */
export const sizeOf = (slices: Slice[]): number =>
  slices.reduce((sum, slice) => sum + endOf(slice) - startOf(slice) + 1, -1);

export function* positions(slices: Slice[]): Generator<{ offset: number; timestampMs: number }> {
  for (const { segment, from, to } of slices) {
    for (let i = from; i < to; i++) {
      yield { offset: segment.offsets[i] as number, timestampMs: segment.timestamps[i] as number };
    }
  }
}

/** The first record of a batch, as the fields of a log line. */
export function firstPosition({ topic, partition }: Place, slices: Slice[]) {
  const [first] = positions(slices);
  return { topic, partition, offset: first?.offset };
}

/** The records whose position passes the test, in the same order. */
export function pick(
  slices: Slice[],
  test: (position: { offset: number; timestampMs: number }) => boolean,
): Slice[] {
  const picked: Slice[] = [];
  for (const { segment, from, to } of slices) {
    let start = -1;
    for (let i = from; i < to; i++) {
      const wanted = test({
        offset: segment.offsets[i] as number,
        timestampMs: segment.timestamps[i] as number,
      });
      if (wanted && start < 0) start = i;
      if (!wanted && start >= 0) {
        picked.push({ segment, from: start, to: i });
        start = -1;
      }
    }
    if (start >= 0) picked.push({ segment, from: start, to });
  }
  return picked;
}

/** Two halves. If the number of records is odd, the first half is larger. */
export function halves(slices: Slice[]): [Slice[], Slice[]] {
  let left = Math.ceil(countRecords(slices) / 2);
  const first: Slice[] = [];
  const second: Slice[] = [];
  for (const { segment, from, to } of slices) {
    const cut = Math.min(to, from + left);
    if (cut > from) first.push({ segment, from, to: cut });
    if (cut < to) second.push({ segment, from: cut, to });
    left -= cut - from;
  }
  return [first, second];
}

export const eventBody = (envelope: Envelope, slices: Slice[]): Buffer =>
  Buffer.concat(eventParts(envelope, slices));

/** The event as a list of buffers, so that no record is copied on the way to the socket. */
export function eventParts(envelope: Envelope, slices: Slice[]): Buffer[] {
  const parts: Buffer[] = [envelope.head];
  for (const slice of slices) {
    if (parts.length > 1) parts.push(COMMA);
    parts.push(slice.segment.bytes.subarray(startOf(slice), endOf(slice)));
  }
  parts.push(envelope.tail);
  return parts;
}

const COMMA = Buffer.from(',');
/** Where the text of a slice starts in its segment. */
export const startOf = ({ segment, from }: Slice): number =>
  from === 0 ? 0 : (segment.ends[from - 1] as number) + 1;
/** Where it ends. */
export const endOf = ({ segment, to }: Slice): number => segment.ends[to - 1] as number;
