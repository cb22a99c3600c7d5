import { BadRecord } from '../failures/failures.ts';
import { missingField as missing, outOfRange, show, wrongDate, wrongType } from '../failures/fields.ts';
import { formatDateTime, isoTime, type ReadTime, wireTime } from './date-time.ts';
import type { Limits, MeasureRange } from './limits.ts';
import { type MeasureField, measures } from './measures.ts';

/** One weather observation, validated. It has at least one measure; null is a measure that was not taken. */
export interface Observation {
  readonly location: string;
  /** UTC */
  readonly observedAtMs: number;
  readonly temperatureC: number | null;
  readonly humidityPct: number | null;
  readonly precipitationMm: number | null;
  readonly windSpeedKmh: number | null;
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
  /** Measures that a row of a file may lack. Absent: a row needs all of them. */
  readonly optional?: ReadonlySet<MeasureField>;
}

/**
 * Reads a row of text cells, in the order of `observationFields`; a cell that is absent is undefined.
 *
 * @throws BadRecord with everything that is wrong, the first fault first
 */
export function observationFromRow(cells: readonly (string | undefined)[], judging: Judging): Observation {
  try {
    const { limits, optional } = judging;
    return withMeasure({
      location: parseLocation(cells[0]),
      observedAtMs: parseDateTime(cells[1], judging, isoTime),
      temperatureC: measureInCell('temperatureC', cells[2], limits.temperatureC, optional),
      humidityPct: measureInCell('humidityPct', cells[3], limits.humidityPct, optional),
      precipitationMm: measureInCell('precipitationMm', cells[4], limits.precipitationMm, optional),
      windSpeedKmh: measureInCell('windSpeedKmh', cells[5], limits.windSpeedKmh, optional),
      retry: 0,
    });
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    throw everyFault(cells, judging) ?? error;
  }
}

/** Only of a row that is known to be bad: it costs several times what reading costs. */
function everyFault(cells: readonly (string | undefined)[], judging: Judging): BadRecord | undefined {
  const { limits, optional } = judging;
  const checks: readonly (() => unknown)[] = [
    () => parseLocation(cells[0]),
    () => parseDateTime(cells[1], judging, isoTime),
    () => measureInCell('temperatureC', cells[2], limits.temperatureC, optional),
    () => measureInCell('humidityPct', cells[3], limits.humidityPct, optional),
    () => measureInCell('precipitationMm', cells[4], limits.precipitationMm, optional),
    () => measureInCell('windSpeedKmh', cells[5], limits.windSpeedKmh, optional),
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

/**
 * Reads the parsed JSON of a message. A measure that is null was not taken; one that is absent was forgotten.
 *
 * @throws BadRecord with the first thing that is wrong
 */
export function observationFromWire(value: unknown, judging: Judging): Observation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadRecord('MALFORMED_MESSAGE', `found ${show(value)}, expected a JSON object`);
  }
  const wire: { readonly [name: string]: unknown } = value as object as { [name: string]: unknown };
  const { limits } = judging;
  return withMeasure({
    location: parseLocation(wire.Location),
    observedAtMs: parseDateTime(wire.Date_Time, judging),
    temperatureC: measureOnWire('temperatureC', wire.Temperature_C, limits.temperatureC),
    humidityPct: measureOnWire('humidityPct', wire.Humidity_pct, limits.humidityPct),
    precipitationMm: measureOnWire('precipitationMm', wire.Precipitation_mm, limits.precipitationMm),
    windSpeedKmh: measureOnWire('windSpeedKmh', wire.Wind_Speed_kmh, limits.windSpeedKmh),
    retry: parseRetry(wire.retry),
  });
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

/** @throws BadRecord */
export function parseLocation(value: unknown): string {
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

function withMeasure(observation: Observation): Observation {
  const { temperatureC, humidityPct, precipitationMm, windSpeedKmh } = observation;
  if (temperatureC === null && humidityPct === null && precipitationMm === null && windSpeedKmh === null)
    throw new BadRecord(
      'MISSING_FIELD',
      `${observationFields.slice(2).join(', ')}: found nothing, expected at least one of them`,
    );
  return observation;
}

function measureInCell(
  field: MeasureField,
  cell: string | undefined,
  range: MeasureRange,
  optional: Judging['optional'],
): number | null {
  const value = decimal(cell);
  if (isPlausible(field, value, range)) return value;
  if (optional?.has(field) && isMissing(value)) return null;
  throw wrongMeasure(field, value, range, cell);
}

function measureOnWire(field: MeasureField, value: unknown, range: MeasureRange): number | null {
  if (value === null || isPlausible(field, value, range)) return value;
  throw wrongMeasure(field, value, range, value);
}

export function isPlausible(
  field: MeasureField,
  value: unknown,
  { min, max }: MeasureRange,
): value is number {
  return typeof value === 'number' && value >= min && value <= max && !isMarker(field, value);
}

/** @param value that is not plausible */
const isMissing = (value: unknown): boolean =>
  value === undefined || value === '' || (typeof value === 'number' && sentinels.has(value));

function wrongMeasure(field: MeasureField, value: unknown, { min, max }: MeasureRange, found: unknown) {
  const { name } = measures[field];
  if (value === undefined || value === '') return missing(name);
  if (isMissing(value))
    return new BadRecord('MISSING_FIELD', `${name}: found ${show(found)}, which stands for a missing value`);
  if (typeof value !== 'number' || Number.isNaN(value)) return wrongType(name, found, 'a decimal number');
  return outOfRange(name, found, `${min} to ${max}`);
}

const isMarker = (field: MeasureField, value: number) =>
  field === 'precipitationMm' && neverPrecipitation.has(value);

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
