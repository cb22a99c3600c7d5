/**
 * The values of one column in plain encoding, for a data page.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#PLAIN
 */
export interface EncodedColumn {
  readonly values: Uint8Array;
  /** 1 for a row with a value, 0 for one without; undefined when every row has one. */
  readonly presence: readonly number[] | undefined;
  readonly nulls: number;
  /** The smallest and the largest value; undefined when there are no values. */
  readonly bounds: { readonly min: Bound; readonly max: Bound } | undefined;
}

type Bound = bigint | number | Uint8Array;

// Numbers of a column come in one typed array, with NaN for null: NaN has no order, and may not be a value.
// Each kind has a loop of its own over words of the page, which compiles to a few instructions. All platforms
// of Node.js are little-endian, as Parquet is.

export function doubles(column: Float64Array): EncodedColumn {
  const { nulls, presence, min, max } = look(column);
  const values = nulls === 0 ? column : column.filter((value) => !Number.isNaN(value));
  return {
    values: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    presence,
    nulls,
    // -0 equals 0, but Parquet sorts it before 0.
    bounds: values.length > 0 ? { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max } : undefined,
  };
}

export function int32s(column: Float64Array): EncodedColumn {
  const { nulls, presence, min, max } = look(column);
  const words = new Int32Array(column.length - nulls);
  let at = 0;
  for (const value of column) if (!Number.isNaN(value)) words[at++] = value;
  return {
    values: new Uint8Array(words.buffer),
    presence,
    nulls,
    bounds: words.length > 0 ? { min, max } : undefined,
  };
}

/** Safe integers. */
export const int64s = (column: Float64Array) => longs(column, 1);

/** Times in milliseconds, written as microseconds. */
export const timestamps = (column: Float64Array) => longs(column, 1000);

const word = 2 ** 32;

/**
 * Writes each value, times `unit`, as two halves of 32 bits: a BigInt per value would be garbage to collect.
 * The halves are multiplied one by one, because after the year 2255 the microseconds are no safe integer.
 */
function longs(column: Float64Array, unit: number): EncodedColumn {
  const { nulls, presence, min, max } = look(column);
  const words = new Int32Array(2 * (column.length - nulls));
  let at = 0;
  for (const value of column) {
    if (Number.isNaN(value)) continue;
    const high = Math.floor(value / word);
    const low = (value - high * word) * unit;
    const carried = Math.floor(low / word);
    words[at] = low - carried * word;
    words[at + 1] = high * unit + carried;
    at += 2;
  }
  const exactly = (bound: number) => BigInt(bound) * BigInt(unit);
  return {
    values: new Uint8Array(words.buffer),
    presence,
    nulls,
    bounds: words.length > 0 ? { min: exactly(min), max: exactly(max) } : undefined,
  };
}

function look(column: Float64Array) {
  let nulls = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of column) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nulls++;
  }
  const presence = nulls > 0 ? Array.from(column, (value) => Number(!Number.isNaN(value))) : undefined;
  return { nulls, presence, min, max };
}

/** Texts, undefined for null; a repeated text is encoded once. */
export function texts(column: readonly (string | undefined)[]): EncodedColumn {
  const encoded = new Map<string, Uint8Array>();
  const parts: Uint8Array[] = [];
  let previous: string | undefined;
  let part: Uint8Array = empty;
  let bytes = 0;
  for (const text of column) {
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
  const nulls = column.length - parts.length;
  return {
    values: join(parts, bytes),
    presence: nulls > 0 ? column.map((text) => Number(text !== undefined)) : undefined,
    nulls,
    bounds: min && max && { min, max },
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
