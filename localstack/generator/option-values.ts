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

export const readDate = (option: string, text: string | undefined): string | undefined => {
  if (text === undefined) return undefined;
  const date = new Date(/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?$/.test(text) ? text : Number.NaN);
  // JavaScript reads 2024-02-30 as 1 March.
  const exists = !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.slice(0, 10));
  if (!exists) throw new Error(`--${option} ${text}: expected a date such as 2024-01-31T12:00:00Z`);
  return date.toISOString();
};

export const wholeFrom = (min: number, max: number): Bounds => ({ min, max, whole: true });
