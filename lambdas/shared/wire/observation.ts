import { BadRecord } from '../failures/failures.ts';
import { missingField as missing, outOfRange, show, wrongDate, wrongType } from '../failures/fields.ts';
import { formatDateTime, isoTime, type ReadTime, wireTime } from './date-time.ts';
import type { Limits, MeasureRange } from './limits.ts';
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

/** As on the wire or, in a file, also in another format. */
function parseDateTime(value: unknown, { limits, receivedAtMs }: Judging, other?: ReadTime): number {
  if (value === undefined || value === null) throw missing('Date_Time');
  const text = typeof value === 'string' ? value.trim() : value;
  if (text === '') throw missing('Date_Time');
  if (typeof text !== 'string') throw wrongDate('Date_Time', value, 'YYYY-MM-DD HH:MM:SS');
  const ms = wireTime(text) ?? other?.(text);
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
