import { BadRecord } from '../../shared/failures/failures.ts';
import { wrongDate } from '../../shared/failures/fields.ts';
import { formatDateTime, isoTime } from '../../shared/wire/date-time.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { type FieldName, isMeasure } from './header.ts';
import { localTime } from './local-time.ts';
import type { FieldSource, Row, RowFormat } from './row-format.ts';
import { compileTimePattern } from './time-pattern.ts';
import { conversionOf, knownUnits, type MeasureName } from './units.ts';

/**
 * Returns a field's text in its own unit, with a decimal point. What cannot be read stays as it is, for the
 * message; a time that cannot be told is a fault.
 */
type CellReader = (row: Row) => string | undefined | BadRecord;
type TextReader = (row: Row) => string | undefined;

/** In the documented order of fields. */
export const cellReaders = (format: RowFormat): CellReader[] =>
  observationFields.map((field) => cellReader(field, format));

function cellReader(field: FieldName, format: RowFormat): CellReader {
  const source = format.fields[field];
  const { missing } = source;
  const text = textReader(source);
  const given = missing === undefined ? text : (row: Row) => unlessMissing(text(row), missing);
  if (isMeasure(field)) return measureReader(field, given, source, format);
  return field === 'Date_Time' ? timeReader(given, source, format) : given;
}

function textReader({ value, from }: FieldSource): TextReader {
  if (value !== undefined) return () => value;
  if (typeof from === 'number') return ({ cells }) => cells[from];
  if (typeof from === 'string') return memberReader(from);
  const readers = from.map((each) => textReader({ from: each }));
  return (row) => {
    const texts = readers.map((read) => read(row)?.trim() ?? '');
    return texts.includes('') ? undefined : texts.join(' ');
  };
}

/** A member, or one inside others: `main.temp`. */
function memberReader(name: string): TextReader {
  const path = name.split('.');
  if (path.length === 1) return ({ members }) => textOf(members?.[name]);
  return ({ members }) => textOf(memberAt(members, name));
}

/** The member of this name, else of this path. */
export function memberAt(members: unknown, name: string): unknown {
  const step = (value: unknown, key: string): unknown =>
    typeof value === 'object' && value !== null && Object.hasOwn(value, key)
      ? (value as Readonly<Record<string, unknown>>)[key]
      : undefined;
  return step(members, name) ?? name.split('.').reduce(step, members);
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function unlessMissing(text: string | undefined, missing: readonly string[]): string | undefined {
  return text === undefined || missing.includes(text.trim()) ? undefined : text;
}

function measureReader(
  field: MeasureName,
  read: TextReader,
  { unit, scale, split, acceptFlags, missing, ...own }: FieldSource,
  format: RowFormat,
): TextReader {
  const groupChar = own.groupChar ?? format.groupChar;
  const decimalChar = own.decimalChar ?? format.decimalChar;
  let text = read;
  if (split !== undefined) {
    const packed = text;
    const accepted = Object.entries(acceptFlags ?? {}).map(([part, flags]) => [Number(part), flags] as const);
    text = (row) => {
      const value = valuePart(packed(row), split, accepted);
      return missing === undefined ? value : unlessMissing(value, missing);
    };
  }
  if (groupChar !== undefined) {
    const grouped = text;
    text = (row) => withoutGroups(grouped(row), groupChar, decimalChar);
  }
  if (decimalChar === ',') {
    const comma = text;
    text = (row) => withPoint(comma(row));
  }
  if (unit === undefined && scale === undefined) return text;
  const convert = conversionOf(field, unit ?? knownUnits(field)[0] ?? '', scale);
  if (convert === undefined) return text;
  const pointed = text;
  // Tenths reach 999 as values: a scale says that the file's markers are in missingValues.
  return (row) => converted(pointed(row), convert, scale === undefined);
}

/** The value of a packed text such as `+0123,1`; undefined where its flag is none of the accepted ones. */
function valuePart(
  text: string | undefined,
  { delimiter, value }: { readonly delimiter: string; readonly value: number },
  accepted: readonly (readonly [part: number, flags: readonly string[]])[],
): string | undefined {
  if (text === undefined || text.trim() === '') return undefined;
  const parts = text.split(delimiter);
  for (const [part, flags] of accepted) {
    const flag = parts[part - 1]?.trim();
    if (flag === undefined) return `${text} (without its part ${part})`;
    if (!flags.includes(flag)) return undefined;
  }
  return parts[value - 1] ?? `${text} (without its part ${value})`;
}

/** Groups of three digits, so that `1.5` with a dot between groups is read neither as 15 nor as 1.5. */
function withoutGroups(text: string | undefined, groupChar: string, decimalChar: string): string | undefined {
  if (text === undefined || !text.includes(groupChar)) return text;
  const [integer = '', ...fraction] = text.trim().split(decimalChar);
  const groups = integer.split(groupChar);
  const isGrouped =
    /^[+-]?\d{1,3}$/.test(groups[0] ?? '') && groups.slice(1).every((each) => /^\d{3}$/.test(each));
  return isGrouped
    ? [groups.join(''), ...fraction].join(decimalChar)
    : `${text} (not in groups of three digits)`;
}

const commaDecimal = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/;
const withPoint = (cell: string | undefined) =>
  cell !== undefined && commaDecimal.test(cell) ? cell.replace(',', '.') : cell;

const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
/** Stands for a missing value in any unit. */
const marker = /^\s*-?9{3,5}(?:\.9{0,2}|\.0+)?\s*$/;
const converted = (cell: string | undefined, convert: (value: number) => number, mayBeMarker: boolean) =>
  cell !== undefined && number.test(cell) && !(mayBeMarker && marker.test(cell))
    ? String(convert(Number(cell)))
    : cell;

const ownOffset = /(?:z|[+-]\d\d:?(?:\d\d)?)$/i;

/** Passes a text in the documented form unchanged, if nothing says otherwise. */
function timeReader(read: TextReader, { format }: FieldSource, { timezone }: RowFormat): CellReader {
  if (format === undefined && timezone === undefined) return read;
  const pattern = format === undefined ? undefined : compileTimePattern(format);
  if (typeof pattern === 'string') throw new Error(`The pattern ${format} cannot be read: ${pattern}`);
  const toUtc = timezone === undefined ? undefined : localTime(timezone);
  const expected = format ?? 'YYYY-MM-DD HH:MM:SS';
  return (row) => {
    const text = read(row)?.trim();
    if (text === undefined || text === '') return undefined;
    const ms = pattern ? pattern.read(text) : isoTime(text);
    if (ms === undefined) return unread(text, expected);
    if (Number.isNaN(ms)) return unread(text, 'a date and time that exist');
    const isUtc =
      toUtc === undefined || (pattern ? pattern.hasOffset : ownOffset.test(text.slice('2024-01-01T'.length)));
    const utc = isUtc ? ms : toUtc(ms);
    if (utc === 'skipped')
      return unread(text, `a time that exists in ${timezone}: clocks were put forward over it`);
    if (utc === 'repeated')
      return unread(text, `one time in ${timezone}: clocks were put back and showed it twice`);
    return formatDateTime(utc);
  };
}

/** With the text itself, for a correction. */
function unread(text: string, expected: string): BadRecord {
  const { errorType, message } = wrongDate('Date_Time', text, expected);
  return new BadRecord(errorType, message, { cause: text });
}
