import { BadRecord } from './failures.ts';

// Parsers for fields of untrusted JSON. Every error has the same form: the name, what was found, what was
// expected.

export const missingField = (name: string): BadRecord =>
  new BadRecord('MISSING_FIELD', `${name}: found nothing, expected a value`);

export const wrongType = (name: string, value: unknown, expected: string): BadRecord =>
  new BadRecord('TYPE_ERROR', `${name}: found ${show(value)}, expected ${expected}`);

export const outOfRange = (name: string, value: unknown, expected: string): BadRecord =>
  new BadRecord('RANGE_ERROR', `${name}: found ${show(value)}, expected ${expected}`);

export const wrongDate = (name: string, value: unknown, expected: string): BadRecord =>
  new BadRecord('DATE_ERROR', `${name}: found ${show(value)}, expected ${expected}`);

/** Values as `show` writes them: a whole string, one that was cut off, and the rest of another value. */
const shownValue = /"(?:[^"\\]|\\.){0,58}"|"[\s\S]{59}…|"[^"]*…/g;
const maxFaultyFields = 20;

/** The names of the fields in a reason of the form above, each once. A value cannot add a name. */
export function faultyFields(reason: string): string[] {
  const names = reason.replaceAll(shownValue, '""').matchAll(/(?<=^|[:;] )[A-Za-z_][\w.]{0,63}(?=: found )/g);
  return [...new Set([...names].map(([name]) => name))].slice(0, maxFaultyFields);
}

/** A value as JSON, shortened for a message. */
export function show(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : jsonOf(value);
  return text.length <= 60 ? text : `${text.slice(0, 60).toWellFormed()}…`;
}

/** JSON.parse reads deeper nesting than JSON.stringify can write. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return 'a value nested too deeply to show';
  }
}

export function objectOf(name: string, value: unknown): { readonly [name: string]: unknown } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as object as { [name: string]: unknown };
  throw new BadRecord('MALFORMED_MESSAGE', `${name}: found ${show(value)}, expected a JSON object`);
}

export const idPattern = '^[A-Za-z0-9._:-]{1,64}$';
const idShape = new RegExp(idPattern);

/** Parses an identifier with characters that are safe in keys, paths and logs. */
export function parseId(name: string, value: unknown): string {
  if (typeof value === 'string' && idShape.test(value)) return value;
  if (value === undefined || value === null || value === '') throw missingField(name);
  throw wrongType(name, value, '1 to 64 characters of A-Z a-z 0-9 . _ : -');
}

export const timePattern =
  '^(19[7-9]\\d|[2-9]\\d{3})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?(Z|\\+00:00)$';
const timeShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|\+00:00)$/;
const firstYear = 1970;

/**
 * Parses RFC 3339 in UTC to epoch milliseconds; smaller fractions are dropped. Checks that the date exists:
 * JavaScript reads 30 February as 1 March, and hour 24 as midnight.
 */
export function parseTime(name: string, value: unknown): number {
  if (value === undefined || value === null || value === '') throw missingField(name);
  if (typeof value !== 'string' || !timeShape.test(value))
    throw wrongDate(name, value, 'RFC 3339 in UTC, such as 2024-01-31T12:00:00Z');
  const ms = Date.parse(value);
  const exists = !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 19) === value.slice(0, 19);
  if (!exists || ms < Date.UTC(firstYear))
    throw wrongDate(name, value, `a date and time that exist, from ${firstYear} on`);
  return ms;
}
