import { column } from '../../shared/postgres/column.ts';
import { float8Array } from './float8-array.ts';

/** Adds a parameter and returns its placeholder (`$1`, `$2`, …). */
export type Bind = (value: unknown) => string;

export function bindings(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** SQL for one row per item: its location, and its number `i`. */
export const rowsOf = (items: readonly { readonly location: string }[], bind: Bind) =>
  `unnest(${bind(column(items, 'location'))}::text[]) with ordinality as new(location, i)`;

/**
 * SQL for a number of the row's item, or null. Subscripts take a third of the time of unnesting twenty
 * arrays, and a constant takes none: nearly no reading is late, anomalous or without a measure. NaN stands
 * for null, because Postgres counts through an array with nulls for each subscript: 10,000 rows took
 * 120 ms of CPU time a column, and now take 2 ms.
 */
export const numbersOf =
  <T>(items: readonly T[], bind: Bind) =>
  (read: (item: T) => number | null) => {
    let isZero = true;
    let hasNull = false;
    const values = items.map((item) => {
      const value = read(item);
      if (!Object.is(value, 0)) isZero = false;
      if (value === null) hasNull = true;
      return value ?? Number.NaN;
    });
    if (isZero) return '0::float8';
    const number = `(${bind(float8Array(values))}::float8[])[i::int]`;
    return hasNull ? `nullif(${number}, 'NaN')` : number;
  };

/** Any order prevents deadlocks, if all functions use the same. */
export const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
