import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  doubles,
  type EncodedColumn,
  int32s,
  int64s,
  texts,
  timestamps,
} from '../../../../../lambdas/weather/land-observations/parquet-columns.ts';

/** NaN stands for null. */
const column = (cells: readonly (number | undefined)[]) =>
  Float64Array.from(cells, (cell) => cell ?? Number.NaN);

/** Plain encoding: one value after another. */
const plainly = (parts: readonly Buffer[]) => Buffer.concat(parts);

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

interface Kind<T> {
  readonly encode: (cells: readonly (T | undefined)[]) => EncodedColumn;
  readonly one: (value: T) => Buffer;
  readonly any: fc.Arbitrary<T>;
  readonly order: (a: T, b: T) => number;
  readonly bound: (value: T) => unknown;
}

/** Checks the encoded values, which rows have one, and the bounds, on random columns. */
function checkColumns<T>({ encode, one, any, order, bound }: Kind<T>): void {
  const cells = fc.array(fc.option(any, { nil: undefined, freq: 4 }), { maxLength: 40 });
  fc.assert(
    fc.property(cells, (some) => {
      const present = some.flatMap((cell) => (cell === undefined ? [] : [cell]));
      const sorted = present.toSorted(order);
      const encoded = encode(some);
      expect(Buffer.from(encoded.values)).toEqual(plainly(present.map(one)));
      const nulls = some.length - present.length;
      expect(encoded.presence).toEqual(
        nulls > 0 ? some.map((cell) => Number(cell !== undefined)) : undefined,
      );
      expect(encoded.nulls).toBe(nulls);
      const [min, max] = [sorted[0], sorted.at(-1)];
      const bounds =
        min === undefined || max === undefined ? undefined : { min: bound(min), max: bound(max) };
      expect(encoded.bounds).toEqual(bounds);
    }),
    { numRuns: 300 },
  );
}

const numerically = (a: number, b: number) => (a < b ? -1 : Number(a > b));

test('doubles are encoded plainly, with presence and bounds', () => {
  checkColumns({
    encode: (cells) => doubles(column(cells)),
    one: double,
    any: fc.double({ noNaN: true }).filter((number) => number !== 0),
    order: numerically,
    bound: (bound) => bound,
  });
});

test('32-bit integers are encoded plainly, with presence and bounds', () => {
  checkColumns({
    encode: (cells) => int32s(column(cells)),
    one: int,
    any: fc.integer(),
    order: numerically,
    bound: (bound) => bound,
  });
});

test('safe integers are encoded plainly, with presence and bounds', () => {
  checkColumns({
    encode: (cells) => int64s(column(cells)),
    one: (number) => long(BigInt(number)),
    any: fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.constantFrom(2 ** 32, -(2 ** 32), 2 ** 53 - 1)),
    order: numerically,
    bound: BigInt,
  });
});

test('times of the years 1 to 9999 are encoded in microseconds, with presence and bounds', () => {
  const first = new Date(0).setUTCFullYear(1, 0, 1);
  const last = Date.UTC(9999, 11, 31, 23, 59, 59, 999);
  checkColumns({
    encode: (cells) => timestamps(column(cells)),
    one: (ms) => long(BigInt(ms) * 1000n),
    any: fc.oneof(fc.integer({ min: first, max: last }), fc.constantFrom(first, -1, 0, last)),
    order: numerically,
    bound: (ms) => BigInt(ms) * 1000n,
  });
});

test('texts, also repeated ones, are encoded plainly, with bounds in byte order', () => {
  const some = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.constantFrom('', 'weather-data', '\u{10000}', '\uffee'),
  );
  checkColumns({
    encode: texts,
    one: text,
    any: some,
    order: (a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)),
    bound: (bound) => Buffer.from(bound),
  });
});

test.each([[[0, -0]], [[-0, 0]], [[-0]], [[0]]])(
  'the bounds of zeros are -0 and 0, whatever their signs: %p',
  (zeros) => {
    const { bounds } = doubles(column(zeros));
    expect(bounds).toStrictEqual({ min: -0, max: 0 });
  },
);
