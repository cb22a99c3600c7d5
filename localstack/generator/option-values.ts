// Parsers of option values. Each throws an Error that names the option and the expected value.

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

const decimal = /^\d+(?:\.\d+)?$/;

export const readNumber = (
  option: string,
  text: string | undefined,
  { min, max, whole = false }: Bounds,
): number | undefined => {
  if (text === undefined) return undefined;
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value;
  throw new Error(`--${option} ${text}: expected a ${whole ? 'whole ' : ''}number from ${min} to ${max}`);
};

/** A time in ISO 8601, of a day that exists. JavaScript alone reads 2024-02-30 as 1 March. */
export function existingTime(text: string): Date | undefined {
  const [, day] = /^(\d{4}-\d\d-\d\d)(?:T|$)/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const midnight = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(day)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

export const readDate = (option: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(text) ? existingTime(text) : undefined;
  if (date === undefined)
    throw new Error(`--${option} ${text}: expected a date such as 2024-01-31T12:00:00Z`);
  return date.toISOString();
};

export const wholeFrom = (min: number, max: number): Bounds => ({ min, max, whole: true });

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time such as `30s`, `1.5m`, `2h` or `3d`; undefined for any other text. */
export function msOf(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * unitsMs[unit as keyof typeof unitsMs];
}
