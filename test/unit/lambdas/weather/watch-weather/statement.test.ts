import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { float8Array } from '../../../../../lambdas/weather/watch-weather/float8-array.ts';
import { bindings, numbersOf } from '../../../../../lambdas/weather/watch-weather/statement.ts';

/** As Postgres sends the array: select array_send('{1.5,-2}'::float8[]). */
const oneAndAHalfMinusTwo =
  '0000000100000000000002bd0000000200000001000000083ff800000000000000000008c000000000000000';

test('numbers are encoded as Postgres encodes an array of them', () => {
  expect(float8Array([1.5, -2]).toString('hex')).toBe(oneAndAHalfMinusTwo);
  expect(float8Array([]).toString('hex')).toBe('0000000000000000000002bd');
});

test('any numbers are found again in their encoding', () => {
  fc.assert(
    fc.property(fc.array(fc.double(), { minLength: 1 }), (numbers) => {
      const bytes = float8Array(numbers);
      expect(bytes.readInt32BE(12)).toBe(numbers.length);
      expect(numbers.map((_, place) => bytes.readDoubleBE(24 + 12 * place))).toEqual(numbers);
    }),
  );
});

const sqlOf = (items: readonly (number | null)[]) => {
  const { values, bind } = bindings();
  return { sql: numbersOf(items, bind)((item) => item), values };
};

test('an array has no nulls, because Postgres would count through them for each row', () => {
  const { sql, values } = sqlOf([1.5, null]);
  expect(sql).toBe("nullif(($1::float8[])[i::int], 'NaN')");
  expect(values).toEqual([float8Array([1.5, Number.NaN])]);
});

test('numbers without null are read as they are, and zeros need no array', () => {
  expect(sqlOf([1.5, -2]).sql).toBe('($1::float8[])[i::int]');
  expect(sqlOf([0, -0]).sql).toBe('($1::float8[])[i::int]');
  expect(sqlOf([0, 0])).toEqual({ sql: '0::float8', values: [] });
});
