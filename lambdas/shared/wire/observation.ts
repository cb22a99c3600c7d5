import { BadRecord } from '../failures/failures.ts';
import { missingField as missing, outOfRange, show, wrongDate, wrongType } from '../failures/fields.ts';
import { measures } from './measures.ts';

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
 * The one schema of an observation: the names on the wire and in a CSV header, in the order of a file without a header,
 * and the inclusive range of each number.
 */
export const observationFields = [
  'Location',
  'Date_Time',
  measures.temperatureC.name,
  measures.humidityPct.name,
  measures.precipitationMm.name,
  measures.windSpeedKmh.name,
] as const;

const temperatureC: NumberField = { name: measures.temperatureC.name, min: -100, max: 100 };
const humidityPct: NumberField = { name: measures.humidityPct.name, min: 0, max: 100 };
const precipitationMm: NumberField = { name: measures.precipitationMm.name, min: 0, max: 10_000 };
const windSpeedKmh: NumberField = { name: measures.windSpeedKmh.name, min: 0, max: 1_000 };

export interface MeasureRange {
  readonly min: number;
  readonly max: number;
}

/** By the names of the columns in the lake. */
export const measureRanges: Readonly<Record<string, MeasureRange>> = {
  [measures.temperatureC.column]: temperatureC,
  [measures.humidityPct.column]: humidityPct,
  [measures.precipitationMm.column]: precipitationMm,
  [measures.windSpeedKmh.column]: windSpeedKmh,
};

interface NumberField extends MeasureRange {
  readonly name: (typeof observationFields)[number];
}

/** Location is a key in Kafka and in Postgres, whose index entries end at 2,704 bytes. */
const maxLocationChars = 200;

/**
 * Reads a row of text cells, in the order of `observationFields`; a cell that is absent is undefined.
 * Throws BadRecord with the first thing that is wrong.
 */
export function observationFromRow(cells: readonly (string | undefined)[]): Observation {
  return {
    location: parseLocation(cells[0]),
    observedAtMs: parseDateTime(cells[1]),
    temperatureC: parseNumber(decimal(cells[2]), temperatureC, cells[2]),
    humidityPct: parseNumber(decimal(cells[3]), humidityPct, cells[3]),
    precipitationMm: parseNumber(decimal(cells[4]), precipitationMm, cells[4]),
    windSpeedKmh: parseNumber(decimal(cells[5]), windSpeedKmh, cells[5]),
    retry: 0,
  };
}

/** Reads the parsed JSON of a message. Throws BadRecord with the first thing that is wrong. */
export function observationFromWire(value: unknown): Observation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRecord('MALFORMED_MESSAGE', `found ${show(value)}, expected a JSON object`);
  }
  const wire: { readonly [name: string]: unknown } = value as object as { [name: string]: unknown };
  return {
    location: parseLocation(wire.Location),
    observedAtMs: parseDateTime(wire.Date_Time),
    temperatureC: parseNumber(wire.Temperature_C, temperatureC),
    humidityPct: parseNumber(wire.Humidity_pct, humidityPct),
    precipitationMm: parseNumber(wire.Precipitation_mm, precipitationMm),
    windSpeedKmh: parseNumber(wire.Wind_Speed_kmh, windSpeedKmh),
    retry: parseRetry(wire.retry),
  };
}

/** The JSON text of an observation on `weather-data`. Written out, at half the cost of making an object of it first. */
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
  const location = value.trim();
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

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const controlCharacter = /[\u0000-\u001f\u007f]/;

function parseNumber(value: unknown, { name, min, max }: NumberField, found = value): number {
  if (typeof value === 'number' && value >= min && value <= max) return value;
  if (value === undefined || value === null || value === '') throw missing(name);
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrongType(name, found, 'a decimal number');
  throw outOfRange(name, found, `${min} to ${max}`);
}

/** A cell as a number when it is one; otherwise as it is, for the message. JavaScript alone would read '', '0x10' and 'Infinity'. */
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

/** `YYYY-MM-DD HH:MM:SS` in UTC, to milliseconds. By hand, because Date.parse takes 2024-02-30 for 1 March. */
function parseDateTime(value: unknown): number {
  if (value === undefined || value === null) throw missing('Date_Time');
  const text = typeof value === 'string' ? value.trim() : value;
  if (text === '') throw missing('Date_Time');
  if (typeof text !== 'string' || !dateTime.test(text)) {
    throw wrongDate('Date_Time', value, 'YYYY-MM-DD HH:MM:SS');
  }
  const year = twoDigitsAt(text, 0) * 100 + twoDigitsAt(text, 2);
  const month = twoDigitsAt(text, 5);
  const day = twoDigitsAt(text, 8);
  const hour = twoDigitsAt(text, 11);
  const minute = twoDigitsAt(text, 14);
  const second = twoDigitsAt(text, 17);
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const lastDay = month === 2 && !leap ? 28 : (daysInMonth[month - 1] ?? 0);
  const exists = year > 0 && day >= 1 && day <= lastDay && hour < 24 && minute < 60 && second < 60;
  if (!exists) {
    throw wrongDate('Date_Time', value, 'a date and time that exist');
  }
  if (year >= 100) return Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) + (hour * 3600 + minute * 60 + second) * 1000;
}

const dateTime = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

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
