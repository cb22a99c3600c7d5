/**
 * Reads a text by a pattern: milliseconds as if it were UTC; undefined where the text has another form, NaN
 * for a date or time that does not exist.
 */
export interface TimePattern {
  readonly read: (text: string) => number | undefined;
  /** The pattern has `%z`, so that what it reads is UTC. */
  readonly hasOffset: boolean;
}

interface Parts {
  year: number;
  month: number;
  day: number;
  dayOfYear: number;
  hour: number;
  minute: number;
  second: number;
  isAfternoon: boolean | undefined;
  offsetMinutes: number;
}

interface Directive {
  /** Without groups. */
  readonly shape: string;
  readonly parts: (text: string) => Partial<Parts>;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const fullMonths = 'january|february|march|april|may|june|july|august|september|october|november|december';
const monthOf = (text: string) => monthNames.indexOf(text.slice(0, 3).toLowerCase()) + 1;

/** Two digits, or one where no digits follow: `%H` reads `9`, but `%m%d` needs `0103`. */
const upToTwoDigits = '\\d\\d?';

const directives: Readonly<Record<string, Directive>> = {
  Y: { shape: '\\d{4}', parts: (text) => ({ year: Number(text) }) },
  // As POSIX has it: 69 to 99 are of the twentieth century.
  y: {
    shape: '\\d\\d',
    parts: (text) => ({ year: Number(text) + (Number(text) < 69 ? 2000 : 1900) }),
  },
  m: { shape: upToTwoDigits, parts: (text) => ({ month: Number(text) }) },
  d: { shape: upToTwoDigits, parts: (text) => ({ day: Number(text) }) },
  j: { shape: '\\d{3}', parts: (text) => ({ dayOfYear: Number(text) }) },
  H: { shape: upToTwoDigits, parts: (text) => ({ hour: Number(text) }) },
  I: { shape: upToTwoDigits, parts: (text) => ({ hour: Number(text) }) },
  M: { shape: upToTwoDigits, parts: (text) => ({ minute: Number(text) }) },
  S: { shape: upToTwoDigits, parts: (text) => ({ second: Number(text) }) },
  f: { shape: '\\d{1,9}', parts: () => ({}) },
  p: { shape: '[ap]\\.?m\\.?', parts: (text) => ({ isAfternoon: /^p/i.test(text) }) },
  b: { shape: monthNames.join('|'), parts: (text) => ({ month: monthOf(text) }) },
  B: { shape: fullMonths, parts: (text) => ({ month: monthOf(text) }) },
  z: {
    shape: 'z|[+-]\\d\\d(?::?\\d\\d)?',
    parts: (text) => ({ offsetMinutes: offsetOf(text) }),
  },
};

const shortcuts: Readonly<Record<string, string>> = {
  F: '%Y-%m-%d',
  T: '%H:%M:%S',
  R: '%H:%M',
  D: '%m/%d/%y',
};

/** For a message. */
const knownDirectives = [...Object.keys(directives), ...Object.keys(shortcuts), '%']
  .map((name) => `%${name}`)
  .join(' ');

const escaped = (character: string) => character.replace(/[$()*+./?[\\\]^{|}]/, '\\$&');

const isTwoDigits = (name: string | undefined) =>
  name !== undefined && directives[name]?.shape === upToTwoDigits;
const startsWithDigit = (piece: string | undefined) =>
  piece !== undefined && (/^\d/.test(piece) || /^%[YymdjHIMSf]/.test(piece));

/**
 * Compiles a pattern of `strptime`, as Table Schema has it for `format`.
 *
 * @returns what is wrong with the pattern, as text, if it cannot be one
 */
export function compileTimePattern(pattern: string): TimePattern | string {
  const full = pattern.trim().replaceAll(/%([FTRD])/g, (_, name: string) => shortcuts[name] ?? '');
  const pieces = full.match(/%.?|\s+|[^%\s]/gsu) ?? [];
  const readers: Directive['parts'][] = [];
  const names = new Set<string>();
  let shape = '';
  for (const [index, piece] of pieces.entries()) {
    const name = piece.slice(1);
    if (!piece.startsWith('%') || piece === '%%') {
      shape += /^\s/.test(piece) ? '\\s+' : escaped(piece === '%%' ? '%' : piece);
      continue;
    }
    const directive = directives[name];
    if (directive === undefined) return `${piece} is not known: use ${knownDirectives}`;
    if (names.has(name)) return `${piece} is there twice`;
    names.add(name);
    readers.push(directive.parts);
    shape += `(${isTwoDigits(name) && startsWithDigit(pieces[index + 1]) ? '\\d\\d' : directive.shape})`;
  }
  const has = (...each: string[]) => each.some((name) => names.has(name));
  if (!has('Y', 'y') || !(has('j') || (has('m', 'b', 'B') && has('d'))))
    return 'a date needs at least %Y, %m and %d, or %Y and %j';
  if (has('I') !== has('p')) return '%I and %p belong together';
  return { read: reader(new RegExp(`^${shape}$`, 'iu'), readers), hasOffset: has('z') };
}

function reader(shape: RegExp, readers: readonly Directive['parts'][]): TimePattern['read'] {
  return (text) => {
    const found = shape.exec(text.trim());
    if (!found) return undefined;
    const parts: Parts = {
      year: 0,
      month: 1,
      day: 1,
      dayOfYear: 0,
      hour: 0,
      minute: 0,
      second: 0,
      isAfternoon: undefined,
      offsetMinutes: 0,
    };
    for (const [index, read] of readers.entries()) Object.assign(parts, read(found[index + 1] ?? ''));
    return msOf(parts);
  };
}

function msOf({
  year,
  month,
  day,
  dayOfYear,
  hour,
  minute,
  second,
  isAfternoon,
  offsetMinutes,
}: Parts): number {
  if (isAfternoon !== undefined && (hour < 1 || hour > 12)) return Number.NaN;
  const hours = isAfternoon === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999, and reads 30 February as 1 March.
  if (year < 100 || hours > 23 || minute > 59 || second > 59) return Number.NaN;
  const midnight = dayOfYear > 0 ? Date.UTC(year, 0, dayOfYear) : Date.UTC(year, month - 1, day);
  const date = new Date(midnight);
  const exists =
    date.getUTCFullYear() === year &&
    (dayOfYear > 0 || (date.getUTCMonth() === month - 1 && date.getUTCDate() === day));
  return exists ? midnight + ((hours * 60 + minute - offsetMinutes) * 60 + second) * 1_000 : Number.NaN;
}

function offsetOf(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const [, sign, hours = '0', minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(text) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
