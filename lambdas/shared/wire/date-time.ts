/**
 * Reads a time to epoch milliseconds: undefined for a text in another format, NaN for a date or time that
 * does not exist.
 */
export type ReadTime = (text: string) => number | undefined;

/**
 * `YYYY-MM-DD HH:MM:SS` in UTC, as on the wire. By hand, because Date.parse takes 2024-02-30 for 1 March.
 */
export const wireTime: ReadTime = (text) => (dateTime.test(text) ? msOf(text) : undefined);

const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Digits are read in place: the texts that a match would give are the dearest part of a date. */
const msOf = (text: string): number =>
  utcMs(
    twoDigitsAt(text, 0) * 100 + twoDigitsAt(text, 2),
    twoDigitsAt(text, 5),
    twoDigitsAt(text, 8),
    twoDigitsAt(text, 11),
    twoDigitsAt(text, 14),
    twoDigitsAt(text, 17),
  );

const twoDigitsAt = (text: string, at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - zeros;
const zeros = '0'.charCodeAt(0) * 11;

/** NaN for a date or time that does not exist, or a part that is NaN. Months and days count from 1. */
export function utcMs(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lastDay = month === 2 && !leap ? 28 : (daysInMonth[month - 1] ?? 0);
  const exists = year > 0 && day >= 1 && day <= lastDay && hour < 24 && minute < 60 && second < 60;
  if (!exists) return Number.NaN;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999. They are refused all the same.
  return Date.UTC(year < 100 ? 100 : year, month - 1, day, hour, minute, second);
}

const dateTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

/**
 * ISO 8601 with a date and a time: `T` or a blank between them, seconds, fractions and an offset if given.
 * UTC without one.
 */
const iso =
  /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?\s?(?:(Z)|([+-])(\d\d):?(\d\d)?)?$/i;
const farthestOffsetMinutes = 18 * 60;

/** To milliseconds in UTC; fractions of a second are cut off, as the wire has whole seconds. */
export const isoTime: ReadTime = (text) => {
  const parts = iso.exec(text);
  if (!parts) return undefined;
  const [, day, minute, second = '00', , sign, offsetHours = '0', offsetMinutes = '0'] = parts;
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (offset > farthestOffsetMinutes || Number(offsetMinutes) > 59) return Number.NaN;
  return msOf(`${day} ${minute}:${second}`) - (sign === '-' ? -1 : 1) * offset * 60_000;
};

const dayMs = 86_400_000;
const twoDigits = Array.from({ length: 60 }, (_, count) => String(count).padStart(2, '0'));
const dayTexts = new Map<number, string>();

/** Formatting the date is most of the cost of encoding an observation, and a file has few dates. */
function formatDay(day: number): string {
  const known = dayTexts.get(day);
  if (known !== undefined) return known;
  const text = new Date(day * dayMs).toISOString().slice(0, 10);
  if (dayTexts.size < 10_000) dayTexts.set(day, text);
  return text;
}

/** As `wireTime` reads it. */
export function formatDateTime(ms: number): string {
  const day = Math.floor(ms / dayMs);
  const second = Math.floor((ms - day * dayMs) / 1000);
  const hour = Math.floor(second / 3600);
  const minute = Math.floor(second / 60) % 60;
  return `${formatDay(day)} ${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[second % 60]}`;
}
