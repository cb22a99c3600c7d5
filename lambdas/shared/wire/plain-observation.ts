import { isUtf8 } from 'node:buffer';
import { BadRecord } from '../failures/failures.ts';
import { utcMs } from './date-time.ts';
import { measures } from './measures.ts';
import { isPlausible, type Judging, type Observation, parseLocation } from './observation.ts';

/** A message in the bytes of its batch, from `start` to `end`. */
interface Message {
  readonly bytes?: Buffer | undefined;
  readonly start?: number | undefined;
  readonly end?: number | undefined;
}

/**
 * Reads an observation from the bytes of its message. It knows one form: that of `encodeObservation`, with or
 * without the blanks of Python's `json.dumps`. Undefined means any other form, or something wrong: then
 * `observationFromWire` reads the message, which takes longer, and says what is wrong. An answer is the
 * same as that of `observationFromWire`.
 */
export function readPlainObservation(
  { bytes, start = 0, end = 0 }: Message,
  { limits, receivedAtMs }: Judging,
): Observation | undefined {
  if (!bytes) return undefined;
  at = start;
  const location = skip(bytes, brace, names.location) ? readLocation(bytes, end) : undefined;
  if (location === undefined) return undefined;
  const observedAtMs = skip(bytes, comma, names.time) ? readTime(bytes) : Number.NaN;
  // A year ahead is still plausible, whatever the day.
  if (!(observedAtMs >= Date.UTC(limits.firstYear))) return undefined;
  if (receivedAtMs > 0 && observedAtMs > receivedAtMs + 365 * dayMs) return undefined;
  const temperatureC = skip(bytes, comma, names.temperature) ? readNumber(bytes) : undefined;
  if (temperatureC === undefined) return undefined;
  const humidityPct = skip(bytes, comma, names.humidity) ? readNumber(bytes) : undefined;
  if (humidityPct === undefined) return undefined;
  const precipitationMm = skip(bytes, comma, names.precipitation) ? readNumber(bytes) : undefined;
  if (precipitationMm === undefined) return undefined;
  const windSpeedKmh = skip(bytes, comma, names.wind) ? readNumber(bytes) : undefined;
  if (windSpeedKmh === undefined) return undefined;
  const retry = skip(bytes, comma, names.retry) ? readNumber(bytes) : undefined;
  if (typeof retry !== 'number' || !Number.isSafeInteger(retry) || retry < 0) return undefined;
  if (bytes[at++] !== closingBrace || at !== end) return undefined;

  if (temperatureC === null && humidityPct === null && precipitationMm === null && windSpeedKmh === null)
    return undefined;
  const arePlausible =
    (temperatureC === null || isPlausible('temperatureC', temperatureC, limits.temperatureC)) &&
    (humidityPct === null || isPlausible('humidityPct', humidityPct, limits.humidityPct)) &&
    (precipitationMm === null || isPlausible('precipitationMm', precipitationMm, limits.precipitationMm)) &&
    (windSpeedKmh === null || isPlausible('windSpeedKmh', windSpeedKmh, limits.windSpeedKmh));
  if (!arePlausible) return undefined;
  return { location, observedAtMs, temperatureC, humidityPct, precipitationMm, windSpeedKmh, retry };
}

/** The place in `bytes` that is read next. A message is read without a break. */
let at = 0;

const code = (character: string) => character.charCodeAt(0);
const [brace, closingBrace, comma, quote, backslash] = [
  code('{'),
  code('}'),
  code(','),
  code('"'),
  code('\\'),
];
const [blank, minus, dot, colon, n] = [code(' '), code('-'), code('.'), code(':'), code('n')];
const [zero, exponent, upperExponent] = [code('0'), code('e'), code('E')];

const nameOf = (name: string) => Buffer.from(`"${name}":`);
const names = {
  location: nameOf('Location'),
  time: nameOf('Date_Time'),
  temperature: nameOf(measures.temperatureC.name),
  humidity: nameOf(measures.humidityPct.name),
  precipitation: nameOf(measures.precipitationMm.name),
  wind: nameOf(measures.windSpeedKmh.name),
  retry: nameOf('retry'),
};
const nullText = Buffer.from('null');

/** Skips the opening character and the name of a field. */
function skip(bytes: Buffer, opening: number, name: Buffer): boolean {
  if (bytes[at++] !== opening) return false;
  if (bytes[at] === blank) at++;
  if (!skipText(bytes, name)) return false;
  if (bytes[at] === blank) at++;
  return true;
}

function skipText(bytes: Buffer, text: Buffer): boolean {
  for (let place = 0; place < text.length; place++) if (bytes[at + place] !== text[place]) return false;
  at += text.length;
  return true;
}

interface KnownLocation {
  readonly bytes: Buffer;
  readonly location: string;
}

/** Few locations have most of the messages. Each is decoded and checked once. */
const known: (KnownLocation | undefined)[] = new Array(1024).fill(undefined);

function readLocation(bytes: Buffer, end: number): string | undefined {
  if (bytes[at++] !== quote) return undefined;
  const start = at;
  let hash = 0;
  for (; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte === quote) break;
    // An escape, or a control character, which JSON does not allow.
    if (byte === backslash || byte < blank) return undefined;
    hash = (Math.imul(hash, 31) + byte) | 0;
  }
  if (at >= end) return undefined;
  const stop = at++;
  const place = (hash ^ (hash >>> 10)) & (known.length - 1);
  const same = known[place];
  if (same && isSame(same.bytes, bytes, start, stop)) return same.location;
  const location = decodeLocation(bytes, start, stop);
  if (location !== undefined) known[place] = { bytes: Buffer.from(bytes.subarray(start, stop)), location };
  return location;
}

function isSame(some: Buffer, bytes: Buffer, start: number, stop: number): boolean {
  if (some.length !== stop - start) return false;
  for (let place = 0; place < some.length; place++) if (some[place] !== bytes[start + place]) return false;
  return true;
}

function decodeLocation(bytes: Buffer, start: number, stop: number): string | undefined {
  if (!isUtf8(bytes.subarray(start, stop))) return undefined;
  try {
    return parseLocation(bytes.toString('utf8', start, stop));
  } catch (error) {
    if (error instanceof BadRecord) return undefined;
    throw error;
  }
}

/** `"YYYY-MM-DD HH:MM:SS"`; NaN for anything else. */
function readTime(bytes: Buffer): number {
  const start = at;
  at += timeChars;
  const isInForm =
    bytes[start] === quote &&
    bytes[start + 5] === minus &&
    bytes[start + 8] === minus &&
    bytes[start + 11] === blank &&
    bytes[start + 14] === colon &&
    bytes[start + 17] === colon &&
    bytes[start + 20] === quote;
  if (!isInForm) return Number.NaN;
  const year = twoDigits(bytes, start + 1) * 100 + twoDigits(bytes, start + 3);
  const [month, day] = [twoDigits(bytes, start + 6), twoDigits(bytes, start + 9)];
  const [hour, minute] = [twoDigits(bytes, start + 12), twoDigits(bytes, start + 15)];
  return utcMs(year, month, day, hour, minute, twoDigits(bytes, start + 18));
}

const timeChars = '"YYYY-MM-DD HH:MM:SS"'.length;
const dayMs = 86_400_000;

/** NaN for what is not two digits. */
function twoDigits(bytes: Buffer, place: number): number {
  const [tens, ones] = [(bytes[place] as number) - zero, (bytes[place + 1] as number) - zero];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

/** A number or null; undefined for anything else. */
function readNumber(bytes: Buffer): number | null | undefined {
  if (bytes[at] === n) return skipText(bytes, nullText) ? null : undefined;
  const start = at;
  const isNegative = bytes[at] === minus;
  if (isNegative) at++;
  const first = at;
  let digits = 0;
  let byte = bytes[at] as number;
  for (; byte >= zero && byte <= zero + 9; byte = bytes[++at] as number) digits = digits * 10 + byte - zero;
  const wholeDigits = at - first;
  // JSON allows neither `.5` nor `05`.
  if (wholeDigits === 0 || (wholeDigits > 1 && bytes[first] === zero)) return undefined;
  let decimals = 0;
  if (byte === dot) {
    const point = at;
    byte = bytes[++at] as number;
    for (; byte >= zero && byte <= zero + 9; byte = bytes[++at] as number) digits = digits * 10 + byte - zero;
    decimals = at - point - 1;
    if (decimals === 0) return undefined;
  }
  if (byte === exponent || byte === upperExponent) return undefined;
  // Up to 15 digits and this power of ten are exact as doubles, so their quotient is the nearest double.
  if (wholeDigits + decimals > 15) return Number(bytes.toString('latin1', start, at));
  const value = decimals === 0 ? digits : digits / (powersOfTen[decimals] as number);
  return isNegative ? -value : value;
}

const powersOfTen = Array.from({ length: 16 }, (_, power) => 10 ** power);
