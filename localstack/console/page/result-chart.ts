import type { LakeResult } from '../contract.ts';

/** A chart for the result of a query: lines over time, or bars. */
export type ResultChart =
  | {
      readonly kind: 'line';
      readonly title: string;
      readonly atMs: readonly number[];
      readonly curves: readonly {
        readonly label: string;
        readonly colour: string;
        readonly values: readonly (number | null)[];
      }[];
    }
  | {
      readonly kind: 'bars';
      readonly title: string;
      readonly bars: readonly { readonly label: string; readonly value: number }[];
    };

const isTime = (type: string) => type === 'date' || type.startsWith('timestamp');
const isNumber = (type: string) => /^(tinyint|smallint|integer|bigint|real|double|decimal)/.test(type);
const colours = ['--series-1', '--series-3', '--series-4', '--series-2'];
const maxBars = 30;

/**
 * The first column of times and the first of numbers make lines: one for each value of the first column of
 * texts, up to four. Without times, the texts and the numbers make bars. Undefined for any other result.
 */
export function chartOf({ columns, rows }: Pick<LakeResult, 'columns' | 'rows'>): ResultChart | undefined {
  const time = columns.findIndex(({ type }) => isTime(type));
  const number = columns.findIndex(({ type }) => isNumber(type));
  const text = columns.findIndex(({ type }) => type.startsWith('varchar'));
  const name = columns[number]?.name;
  if (name === undefined || rows.length < 2) return undefined;
  const numberIn = (row: readonly (string | null)[]) => (row[number] === null ? null : Number(row[number]));
  if (time >= 0) {
    const points = rows.flatMap((row) => {
      const atMs = Date.parse(`${row[time]?.replace(' ', 'T')}${row[time]?.includes(':') ? 'Z' : ''}`);
      const group = text < 0 ? name : (row[text] ?? 'NULL');
      return Number.isNaN(atMs) ? [] : [{ atMs, group, value: numberIn(row) }];
    });
    const atMs = [...new Set(points.map((point) => point.atMs))].sort((one, other) => one - other);
    if (atMs.length < 2) return undefined;
    const groups = [...new Set(points.map(({ group }) => group))].slice(0, colours.length);
    const curves = groups.map((group, place) => {
      const byTime = new Map(
        points.filter((point) => point.group === group).map((point) => [point.atMs, point.value]),
      );
      return { label: group, colour: colours[place] ?? '', values: atMs.map((ms) => byTime.get(ms) ?? null) };
    });
    return { kind: 'line', title: `${name} by ${columns[time]?.name}`, atMs, curves };
  }
  if (text < 0) return undefined;
  const bars = rows.slice(0, maxBars).flatMap((row) => {
    const value = numberIn(row);
    return value === null ? [] : [{ label: row[text] ?? 'NULL', value }];
  });
  return bars.length < 2 ? undefined : { kind: 'bars', title: `${name} by ${columns[text]?.name}`, bars };
}
