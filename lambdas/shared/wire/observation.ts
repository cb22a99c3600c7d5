import { BadRecord } from '../failures/failures.ts';
import {
  missingField as missing,
  objectOf,
  outOfRange,
  show,
  wrongDate,
  wrongType,
} from '../failures/fields.ts';
import { type MeasureField, measures } from './measures.ts';

/** One weather observation, validated. */
export interface Observation {
  readonly location: string;
  /** UTC */
  readonly observedAtMs: number;
  readonly temperatureC: number;
  readonly humidityPct: number;
  readonly precipitationMm: number;
  readonly windSpeedKmh: number;
  /** How often its processing was retried, as its producer counts. */
  readonly retry: number;
}

/**
 * The one schema of an observation: the names on the wire and in a CSV header, in the order of a file without
 * a header, and the inclusive range of each number.
 */
export const observationFields = [
  'Location',
  'Date_Time',
  measures.temperatureC.name,
  measures.humidityPct.name,
  measures.precipitationMm.name,
  measures.windSpeedKmh.name,
] as const;

export interface MeasureRange {
  readonly min: number;
  readonly max: number;
}

/** The range of plausible observations: the world's records with a margin. */
export interface Limits extends Readonly<Record<MeasureField, MeasureRange>> {
  readonly firstYear: number;
}

/**
 * Records of the World Meteorological Organization: −89.2 and 56.7 °C, 1,825 mm in a day, gusts of 408 km/h.
 * Spark refuses dates before 1900.
 * @see https://wmo.asu.edu/content/world-meteorological-organization-global-weather-climate-extremes-archive
 */
export const plausible: Limits = {
  temperatureC: { min: -95, max: 60 },
  humidityPct: { min: 0, max: 100 },
  precipitationMm: { min: 0, max: 2_000 },
  windSpeedKmh: { min: 0, max: 450 },
  firstYear: 1900,
};

/** @throws Error that names the limit that is missing or wrong */
export function limitsFromJson(text: string): Limits {
  const given: Partial<Record<string, unknown>> = objectOf('limits', JSON.parse(text));
  const range = (name: keyof Limits): MeasureRange => {
    const { min, max } = objectOf(name, given[name]);
    if (typeof min === 'number' && typeof max === 'number' && min <= max) return { min, max };
    throw new Error(`${name}: found ${show(given[name])}, expected {"min": number, "max": number}`);
  };
  const { firstYear } = given;
  // Spark writes no dates before 1900 that every reader understands.
  if (typeof firstYear !== 'number' || !Number.isInteger(firstYear) || firstYear < 1900)
    throw new Error(`firstYear: found ${show(firstYear)}, expected a year from 1900 on`);
  return {
    temperatureC: range('temperatureC'),
    humidityPct: range('humidityPct'),
    precipitationMm: range('precipitationMm'),
    windSpeedKmh: range('windSpeedKmh'),
    firstYear,
  };
}

/** By the names of the columns in the lake. */
export const measureRanges = (limits: Limits = plausible): Readonly<Record<string, MeasureRange>> => ({
  [measures.temperatureC.column]: limits.temperatureC,
  [measures.humidityPct.column]: limits.humidityPct,
  [measures.precipitationMm.column]: limits.precipitationMm,
  [measures.windSpeedKmh.column]: limits.windSpeedKmh,
});

/**
 * Numbers that instruments and exports write where they have no value. They count as missing where they are
 * out of range: 99.9 % of humidity is a value, 99.9 °C is not.
 */
const sentinels = new Set([
  ...[-99, -99.9, -99.99, -999, -999.9, -999.99, -9999, -9999.9, -99999],
  ...[99, 99.9, 99.99, 999, 999.9, 999.99, 9999, 9999.9, 9999.99, 99999],
]);

/** No gauge measures so much at a time, but records of long sums keep it within the limits. */
const neverPrecipitation = new Set([999, 999.9, 999.99]);

type FieldName = (typeof observationFields)[number];

/** Location is a key in Kafka and in Postgres, whose index entries end at 2,704 bytes. */
const maxLocationChars = 200;

/** How far an observation is checked. */
export interface Judging {
  readonly limits: Limits;
  /**
   * When it came, in epoch milliseconds: it may be of the next year, in UTC, and no later. Producers that set
   * no timestamp have 0 or -1, and then any year will do.
   */
  readonly receivedAtMs: number;
}

/**
 * Reads a row of text cells, in the order of `observationFields`; a cell that is absent is undefined.
 *
 * @throws BadRecord with everything that is wrong, the first fault first
 */
export function observationFromRow(cells: readonly (string | undefined)[], judging: Judging): Observation {
  try {
    const { limits } = judging;
    return {
      location: parseLocation(cells[0]),
      observedAtMs: parseDateTime(cells[1], judging, isoTime),
      temperatureC: parseNumber('Temperature_C', decimal(cells[2]), limits.temperatureC, cells[2]),
      humidityPct: parseNumber('Humidity_pct', decimal(cells[3]), limits.humidityPct, cells[3]),
      precipitationMm: parseNumber('Precipitation_mm', decimal(cells[4]), limits.precipitationMm, cells[4]),
      windSpeedKmh: parseNumber('Wind_Speed_kmh', decimal(cells[5]), limits.windSpeedKmh, cells[5]),
      retry: 0,
    };
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    throw everyFault(cells, judging) ?? error;
  }
}

/** Only of a row that is known to be bad: it costs several times what reading costs. */
function everyFault(cells: readonly (string | undefined)[], judging: Judging): BadRecord | undefined {
  const { limits } = judging;
  const checks: readonly (() => unknown)[] = [
    () => parseLocation(cells[0]),
    () => parseDateTime(cells[1], judging, isoTime),
    () => parseNumber('Temperature_C', decimal(cells[2]), limits.temperatureC, cells[2]),
    () => parseNumber('Humidity_pct', decimal(cells[3]), limits.humidityPct, cells[3]),
    () => parseNumber('Precipitation_mm', decimal(cells[4]), limits.precipitationMm, cells[4]),
    () => parseNumber('Wind_Speed_kmh', decimal(cells[5]), limits.windSpeedKmh, cells[5]),
  ];
  const faults = checks.flatMap((check) => {
    try {
      check();
      return [];
    } catch (error) {
      return error instanceof BadRecord ? [error] : [];
    }
  });
  const [first] = faults;
  return first && new BadRecord(first.errorType, faults.map(({ message }) => message).join('; '));
}

/** Reads the parsed JSON of a message. Throws BadRecord with the first thing that is wrong. */
export function observationFromWire(value: unknown, judging: Judging): Observation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRecord('MALFORMED_MESSAGE', `found ${show(value)}, expected a JSON object`);
  }
  const wire: { readonly [name: string]: unknown } = value as object as { [name: string]: unknown };
  const { limits } = judging;
  return {
    location: parseLocation(wire.Location),
    observedAtMs: parseDateTime(wire.Date_Time, judging),
    temperatureC: parseNumber('Temperature_C', wire.Temperature_C, limits.temperatureC),
    humidityPct: parseNumber('Humidity_pct', wire.Humidity_pct, limits.humidityPct),
    precipitationMm: parseNumber('Precipitation_mm', wire.Precipitation_mm, limits.precipitationMm),
    windSpeedKmh: parseNumber('Wind_Speed_kmh', wire.Wind_Speed_kmh, limits.windSpeedKmh),
    retry: parseRetry(wire.retry),
  };
}

/**
 * The JSON text of an observation on `weather-data`. Written out, at half the cost of making an object of it
 * first.
 */
export function encodeObservation(observation: Observation): string {
  const { location, observedAtMs, temperatureC, humidityPct, precipitationMm, windSpeedKmh, retry } =
    observation;
  return (
    `{"Location":${JSON.stringify(location)},"Date_Time":"${formatDateTime(observedAtMs)}",` +
    `"Temperature_C":${temperatureC},"Humidity_pct":${humidityPct},"Precipitation_mm":${precipitationMm},` +
    `"Wind_Speed_kmh":${windSpeedKmh},"retry":${retry}}`
  );
}

/** The key and value of an observation on `weather-data`. */
export const observationMessage = (observation: Observation) => ({
  key: observation.location,
  value: encodeObservation(observation),
});

function parseLocation(value: unknown): string {
  if (value === undefined || value === null) throw missing('Location');
  if (typeof value !== 'string') throw wrongType('Location', value, 'text');
  const location = isAsciiText.test(value) ? value.trim() : value.trim().normalize('NFC');
  if (location === '') throw missing('Location');
  if (location.length > maxLocationChars) {
    throw outOfRange('Location', value, `at most ${maxLocationChars} characters`);
  }
  // Control characters, NUL above all, and lone surrogates cannot be stored by Postgres.
  if (controlCharacter.test(location) || !location.isWellFormed()) {
    throw wrongType('Location', value, 'text without control characters');
  }
  return location;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: text that is the same in every normal form
const isAsciiText = /^[\u0000-\u007f]*$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f]/;

function parseNumber(name: FieldName, value: unknown, { min, max }: MeasureRange, found = value): number {
  if (typeof value === 'number' && value >= min && value <= max && !isMarker(name, value)) return value;
  if (value === undefined || value === null || value === '') throw missing(name);
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrongType(name, found, 'a decimal number');
  if (sentinels.has(value))
    throw new BadRecord('MISSING_FIELD', `${name}: found ${show(found)}, which stands for a missing value`);
  throw outOfRange(name, found, `${min} to ${max}`);
}

const isMarker = (name: FieldName, value: number) =>
  name === 'Precipitation_mm' && neverPrecipitation.has(value);

/**
 * A cell as a number when it is one; otherwise as it is, for the message. JavaScript alone would read '',
 * '0x10' and 'Infinity'.
 */
function decimal(cell: string | undefined): string | number | undefined {
  if (cell === undefined) return undefined;
  const text = cell.trim();
  return decimalLiteral.test(text) ? Number(text) : text;
}

const decimalLiteral = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function parseRetry(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw wrongType('retry', value, 'a count');
}

const daysInMonth = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads a text that is not in the wire's format; undefined for what it does not know. */
type OtherTime = (text: string) => number | undefined;

/**
 * `YYYY-MM-DD HH:MM:SS` in UTC, to milliseconds. By hand, because Date.parse takes 2024-02-30 for 1 March.
 */
function parseDateTime(value: unknown, { limits, receivedAtMs }: Judging, other?: OtherTime): number {
  if (value === undefined || value === null) throw missing('Date_Time');
  const text = typeof value === 'string' ? value.trim() : value;
  if (text === '') throw missing('Date_Time');
  if (typeof text !== 'string') throw wrongDate('Date_Time', value, 'YYYY-MM-DD HH:MM:SS');
  const ms = dateTime.test(text) ? utcMs(text) : other?.(text);
  if (ms === undefined) throw wrongDate('Date_Time', value, 'YYYY-MM-DD HH:MM:SS');
  if (Number.isNaN(ms)) throw wrongDate('Date_Time', value, 'a date and time that exist');
  const isTooLate = receivedAtMs > 0 && ms > receivedAtMs && yearOf(ms) > yearOf(receivedAtMs) + 1;
  if (ms < Date.UTC(limits.firstYear) || isTooLate) {
    const years = isTooLate ? `no later than ${yearOf(receivedAtMs) + 1}` : `${limits.firstYear} or later`;
    throw wrongDate('Date_Time', value, `a plausible date, ${years}`);
  }
  return ms;
}

const yearOf = (ms: number) => new Date(ms).getUTCFullYear();

/** @param text as `dateTime`; NaN for a date or time that does not exist */
function utcMs(text: string): number {
  const year = twoDigitsAt(text, 0) * 100 + twoDigitsAt(text, 2);
  const month = twoDigitsAt(text, 5);
  const day = twoDigitsAt(text, 8);
  const hour = twoDigitsAt(text, 11);
  const minute = twoDigitsAt(text, 14);
  const second = twoDigitsAt(text, 17);
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
export const isoTime: OtherTime = (text) => {
  const parts = iso.exec(text);
  if (!parts) return undefined;
  const [, day, minute, second = '00', , sign, offsetHours = '0', offsetMinutes = '0'] = parts;
  const offset = Number(offsetHours) * 60 + Number(offsetMinutes);
  if (offset > farthestOffsetMinutes || Number(offsetMinutes) > 59) return Number.NaN;
  return utcMs(`${day} ${minute}:${second}`) - (sign === '-' ? -1 : 1) * offset * 60_000;
};

/** Digits are read in place: the texts that a match would give are the dearest part of a date. */
const twoDigitsAt = (text: string, at: number) => text.charCodeAt(at) * 10 + text.charCodeAt(at + 1) - zeros;
const zeros = '0'.charCodeAt(0) * 11;

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

function formatDateTime(ms: number): string {
  const day = Math.floor(ms / dayMs);
  const second = Math.floor((ms - day * dayMs) / 1000);
  const hour = Math.floor(second / 3600);
  const minute = Math.floor(second / 60) % 60;
  return `${formatDay(day)} ${twoDigits[hour]}:${twoDigits[minute]}:${twoDigits[second % 60]}`;
}
