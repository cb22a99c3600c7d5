/**
 * The values of one column in plain encoding, for a data page.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#PLAIN
 */
interface EncodedColumn {
  readonly values: Uint8Array;
  /** 1 for a row with a value, 0 for one without. */
  readonly presence: readonly number[];
  readonly nulls: number;
  /** The smallest and the largest value; undefined when there are no values. */
  readonly bounds: { readonly min: Bound; readonly max: Bound } | undefined;
}

type Bound = bigint | number | Uint8Array;

export type EncodeColumn<Row> = (rows: readonly Row[]) => EncodedColumn;

/** Reads the value of a row; undefined means null. */
type Cell<Row, Value> = (row: Row) => Value | undefined;

/** Doubles; NaN is not allowed, because it has no order. */
export const doubles = <Row>(cell: Cell<Row, number>) =>
  numbers(cell, {
    bytes: 8,
    set: (view, at, value) => view.setFloat64(at, value, true),
    // -0 equals 0, but Parquet sorts it before 0.
    lower: (min) => (min === 0 ? -0 : min),
    upper: (max) => (max === 0 ? 0 : max),
  });

export const int32s = <Row>(cell: Cell<Row, number>) =>
  numbers(cell, { bytes: 4, set: (view, at, value) => view.setInt32(at, value, true) });

/** Safe integers. */
export const int64s = <Row>(cell: Cell<Row, number>) =>
  numbers(cell, { bytes: 8, set: setInt64, lower: BigInt, upper: BigInt });

/** Times in milliseconds, written as microseconds. */
export const timestamps = <Row>(cell: Cell<Row, number>) =>
  numbers(cell, { bytes: 8, set: setMicroseconds, lower: microseconds, upper: microseconds });

const microseconds = (ms: number) => BigInt(ms) * 1000n;

interface NumberEncoding {
  readonly bytes: number;
  readonly set: (view: DataView, at: number, value: number) => void;
  readonly lower?: (min: number) => bigint | number;
  readonly upper?: (max: number) => bigint | number;
}

const itself = (value: number) => value;

function numbers<Row>(
  cell: Cell<Row, number>,
  { bytes, set, lower = itself, upper = itself }: NumberEncoding,
): EncodeColumn<Row> {
  return (rows) => {
    const values = new Uint8Array(rows.length * bytes);
    const view = new DataView(values.buffer);
    const presence: number[] = [];
    let min = Number.POSITIVE_INFINITY;
    let max = Number.NEGATIVE_INFINITY;
    let at = 0;
    for (const row of rows) {
      const value = cell(row);
      presence.push(value === undefined ? 0 : 1);
      if (value === undefined) continue;
      set(view, at, value);
      at += bytes;
      if (value < min) min = value;
      if (value > max) max = value;
    }
    return {
      values: values.subarray(0, at),
      presence,
      nulls: rows.length - at / bytes,
      bounds: at > 0 ? { min: lower(min), max: upper(max) } : undefined,
    };
  };
}

const word = 2 ** 32;

/** Writes two halves of 32 bits. A BigInt per value would be garbage to collect. */
function setInt64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setInt32(at + 4, Math.floor(value / word), true);
}

/** Multiplies the halves: after the year 2255, the microseconds are no safe integer. */
function setMicroseconds(view: DataView, at: number, ms: number): void {
  const high = Math.floor(ms / word);
  const low = (ms - high * word) * 1000;
  view.setUint32(at, low, true);
  view.setInt32(at + 4, high * 1000 + Math.floor(low / word), true);
}

/** Texts; a repeated text is encoded once. */
export function texts<Row>(cell: Cell<Row, string>): EncodeColumn<Row> {
  return (rows) => {
    const encoded = new Map<string, Uint8Array>();
    const parts: Uint8Array[] = [];
    const presence: number[] = [];
    let previous: string | undefined;
    let part: Uint8Array = empty;
    let bytes = 0;
    for (const row of rows) {
      const text = cell(row);
      presence.push(text === undefined ? 0 : 1);
      if (text === undefined) continue;
      if (text !== previous) {
        previous = text;
        part = encoded.get(text) ?? encodeText(text);
        encoded.set(text, part);
      }
      parts.push(part);
      bytes += part.length;
    }
    const distinct = [...encoded.values()].map((text) => text.subarray(lengthBytes)).sort(Buffer.compare);
    const [min, max] = [distinct[0], distinct.at(-1)];
    return {
      values: join(parts, bytes),
      presence,
      nulls: rows.length - parts.length,
      bounds: min && max && { min, max },
    };
  };
}

const empty = new Uint8Array();
const lengthBytes = 4;

function encodeText(text: string): Uint8Array {
  const bytes = Buffer.byteLength(text);
  const encoded = Buffer.allocUnsafe(lengthBytes + bytes);
  encoded.writeUInt32LE(bytes);
  encoded.write(text, lengthBytes);
  return encoded;
}

/** Joins the parts. Equal parts in a row are written by one call. */
function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const joined = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (let first = 0; first < parts.length; ) {
    const part = parts[first] ?? empty;
    let end = first + 1;
    while (parts[end] === part) end++;
    const next = at + (end - first) * part.length;
    if (end - first === 1) joined.set(part, at);
    else joined.fill(part, at, next);
    at = next;
    first = end;
  }
  return joined;
}
