import { RE2JS } from 're2js';
import { BadRecord } from '../../shared/failures/failures.ts';
import { show } from '../../shared/failures/fields.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { type FieldName, isMeasure } from './header.ts';
import { localTime } from './local-time.ts';
import { compileTimePattern } from './time-pattern.ts';
import { conversionOf, knownUnits } from './units.ts';

/** What a `_format.json` says of the files in its folder and below. Whatever it leaves out is recognised. */
export interface FormatFile {
  readonly dialect: Dialect;
  readonly missingValues: readonly string[];
  readonly fields: Readonly<Partial<Record<FieldName, FieldRule>>>;
  /** An IANA name or an offset, for times without an offset of their own. */
  readonly timezone: string | undefined;
  readonly required: ReadonlySet<FieldName>;
}

export interface Dialect {
  /** As `TextDecoder` names it. */
  readonly encoding?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly decimalChar?: '.' | ',' | undefined;
  readonly groupChar?: string | undefined;
  readonly commentChar?: string | undefined;
  readonly skipInitialSpace?: boolean | undefined;
  /** False: the first row is data. */
  readonly header?: boolean | undefined;
  /** Lines of the file, from 1, whose cells together are the names of the columns. */
  readonly headerRows?: readonly number[] | undefined;
  readonly headerJoin?: string | undefined;
}

/** Where a field comes from: `from`, `value` or `fromFileName`; none of them for a column of its own name. */
export interface FieldRule {
  /** Names of columns, or their numbers from 1. Several are joined by a blank. */
  readonly from?: readonly (string | number)[] | undefined;
  /** The same in every row. */
  readonly value?: string | undefined;
  /** The group of the expression, or all of its match, in the file's name. */
  readonly fromFileName?: RE2JS | undefined;
  readonly unit?: string | undefined;
  readonly scale?: number | undefined;
  readonly split?: Split | undefined;
  /** By part of a split value, from 1. */
  readonly acceptFlags?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly missingValues?: readonly string[] | undefined;
  /** A pattern of `strptime`. */
  readonly format?: string | undefined;
  readonly decimalChar?: '.' | ',' | undefined;
  readonly groupChar?: string | undefined;
}

export interface Split {
  readonly delimiter: string;
  /** The part that is the value, from 1. */
  readonly value: number;
}

export const formatFileName = '_format.json';
export const maxFormatBytes = 64 * 1024;
const faultsShown = 5;

/**
 * Parses a format file.
 *
 * @throws BadRecord (FORMAT_MISMATCH) with the JSON path of each fault, what was found and what was expected
 */
export function parseFormatFile(content: Buffer): FormatFile {
  const check = checker();
  const format = formatOf(check, jsonOf(content));
  if (check.faults.length === 0 && format) return format;
  const others = check.faults.length - faultsShown;
  throw wrong(check.faults.slice(0, faultsShown).join('; ') + (others > 0 ? `; and ${others} more` : ''));
}

const wrong = (text: string, cause?: unknown) => new BadRecord('FORMAT_MISMATCH', text, { cause });

function jsonOf(content: Buffer): unknown {
  if (content.length > maxFormatBytes)
    throw wrong(`found more than ${maxFormatBytes} bytes, expected a short JSON object`);
  try {
    // The decoder drops a byte order mark.
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? cause.message : 'it is no UTF-8';
    throw wrong(`found no JSON (${reason}), expected an object such as {"fields": […]}`, cause);
  }
}

/** Collects faults, so that a person sees all of them at once. */
function checker() {
  const faults: string[] = [];
  const fault = (path: string, found: unknown, expected: string): undefined => {
    faults.push(`${path}: found ${found === undefined ? 'nothing' : show(found)}, expected ${expected}`);
  };
  return { faults, fault };
}

type Check = ReturnType<typeof checker>;
type Read<T> = (check: Check, value: unknown, path: string) => T | undefined;

/** Words of the standards, and of other tools, that are written in another way here. */
const elsewhere: Readonly<Record<string, string>> = {
  schema: 'write fields and missingValues at the top',
  encoding: 'write it in dialect',
  delimiter: 'write it in dialect',
  decimalChar: 'write it in dialect',
  groupChar: 'write it in dialect',
  header: 'write it in dialect',
  headerRows: 'write it in dialect',
  nullSequence: 'write it in missingValues at the top',
  timezone: 'write it at the top',
  timeZone: 'write timezone, at the top',
  constants: 'write it at the top',
  units: 'write unit in each of fields',
  column: 'write from',
  rdfType: 'leave it out',
};

/** Say nothing of how a file is read. */
const harmless = new Set(['$schema', 'title', 'description', 'type', 'example', 'csvddfVersion']);

function object<Members extends Record<string, Read<unknown>>>(
  check: Check,
  value: unknown,
  path: string,
  members: Members,
): { readonly [Name in keyof Members]?: Exclude<ReturnType<Members[Name]>, undefined> } | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return check.fault(path || 'the file', value, `an object with ${Object.keys(members).join(', ')}`);
  const found: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const read = Object.hasOwn(members, name) ? members[name] : undefined;
    if (read) found[name] = read(check, member, at);
    else if (!harmless.has(name)) check.faults.push(unknownMember(at, name, Object.keys(members)));
  }
  return found as { readonly [Name in keyof Members]?: Exclude<ReturnType<Members[Name]>, undefined> };
}

function unknownMember(path: string, name: string, known: readonly string[]): string {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z]|s$/g, '');
  const alike = known.find((each) => bare(each) === bare(name));
  const hint = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
  const remedy = alike ? `did you mean ${alike}?` : (hint ?? `expected one of ${known.join(', ')}`);
  return `${path}: unknown member, ${remedy}`;
}

const list =
  <T>(read: Read<T>, most: number): Read<T[]> =>
  (check, value, path) => {
    if (!Array.isArray(value) || value.length > most)
      return check.fault(path, value, `a list of at most ${most}`);
    return value
      .map((each, index) => read(check, each, `${path}[${index}]`))
      .filter((each) => each !== undefined);
  };

const blank = /^<.*>$/s;
const longestText = 200;

/** A text, but not a blank of an offered format that still has to be filled in. */
const text: Read<string> = (check, value, path) => {
  if (typeof value !== 'string' || value.length > longestText)
    return check.fault(path, value, `text of at most ${longestText} characters`);
  return blank.test(value) ? check.fault(path, value, 'this blank to be filled in') : value;
};

const oneOf =
  <T>(...values: readonly T[]): Read<T> =>
  (check, value, path) =>
    values.includes(value as T)
      ? (value as T)
      : check.fault(path, value, values.map((each) => JSON.stringify(each)).join(' or '));

const flag = oneOf(true, false);

const character =
  (expected: string, shape: RegExp): Read<string> =>
  (check, value, path) =>
    typeof value === 'string' && shape.test(value) ? value : check.fault(path, value, expected);

/** Names that people know from other tools, for what `TextDecoder` calls otherwise. */
const encodingNames: Readonly<Record<string, string>> = {
  cp949: 'euc-kr',
  ms949: 'euc-kr',
  uhc: 'euc-kr',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp950: 'big5',
  'latin-1': 'windows-1252',
  'utf-8-sig': 'utf-8',
};

const encoding: Read<string> = (check, value, path) => {
  const expected = 'an encoding such as utf-8, windows-1252, euc-kr or shift_jis';
  const name = text(check, value, path);
  if (name === undefined) return undefined;
  const plain = name.trim().toLowerCase();
  try {
    return new TextDecoder(encodingNames[plain.replaceAll('_', '-')] ?? plain).encoding;
  } catch {
    return check.fault(path, value, expected);
  }
};

const unsupported =
  (only: unknown): Read<never> =>
  (check, value, path) =>
    JSON.stringify(value) === JSON.stringify(only)
      ? undefined
      : check.fault(path, value, `${JSON.stringify(only)}, others are not supported`);

const whole: Read<number> = (check, value, path) =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 10_000
    ? value
    : check.fault(path, value, 'a whole number from 1 on');

const dialect: Read<Dialect> = (check, value, path) =>
  object(check, value, path, {
    encoding,
    delimiter: character('one character, such as "," or ";" or "\\t"', /^[\t !#-&(-,./:;<=>?@[-`{|}~]$/),
    decimalChar: oneOf('.' as const, ',' as const),
    groupChar,
    quoteChar: unsupported('"'),
    doubleQuote: unsupported(true),
    lineTerminator: oneOf('\n', '\r\n', '\r'),
    commentChar: character('one character, such as "#"', /^[!-~]$/),
    skipInitialSpace: flag,
    header: flag,
    headerRows: list(whole, 10),
    headerJoin: text,
    caseSensitiveHeader: unsupported(false),
  });

function groupChar(check: Check, value: unknown, path: string): string | undefined {
  return character('one character, such as "," or " "', /^[ .,'’_\u00a0\u202f]$/u)(check, value, path);
}

const missingValues = list(text, 50);

const fieldName: Read<FieldName> = (check, value, path) =>
  observationFields.find((each) => each === value) ??
  check.fault(path, value, `one of ${observationFields.join(', ')}`);

const column: Read<string | number> = (check, value, path) => {
  if (typeof value === 'number') return whole(check, value, path);
  const name = text(check, value, path);
  return name === '' ? check.fault(path, value, 'the name of a column, or its number from 1') : name;
};

const columns: Read<(string | number)[]> = (check, value, path) => {
  if (!Array.isArray(value)) {
    const only = column(check, value, path);
    return only === undefined ? undefined : [only];
  }
  if (value.length === 0) return check.fault(path, value, 'at least one column');
  return list(column, 10)(check, value, path);
};

/** RE2 takes linear time, whatever the expression. */
const fileNameExpression: Read<RE2JS> = (check, value, path) => {
  const source = text(check, value, path);
  if (source === undefined) return undefined;
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return check.fault(path, value, `a regular expression without references (${reason})`);
  }
};

const scale: Read<number> = (check, value, path) =>
  typeof value === 'number' && value !== 0 && Number.isFinite(value)
    ? value
    : check.fault(path, value, 'a number other than 0');

const separator = character('one character', /^[^\d.+-]$/u);

const split: Read<Split> = (check, value, path) => {
  if (typeof value === 'string') {
    const delimiter = separator(check, value, path);
    return delimiter === undefined ? undefined : { delimiter, value: 1 };
  }
  const found = object(check, value, path, { delimiter: separator, value: whole });
  return found && { delimiter: found.delimiter ?? ',', value: found.value ?? 1 };
};

type Flags = readonly string[] | Readonly<Record<string, readonly string[]>>;

const flags: Read<Flags> = (check, value, path) => {
  if (Array.isArray(value)) return missingValues(check, value, path);
  if (typeof value !== 'object' || value === null)
    return check.fault(path, value, 'a list such as ["1", "5"], or lists by part such as {"2": ["1"]}');
  const parts = Object.keys(value);
  if (parts.length > 10 || parts.some((part) => !/^[1-9]\d?$/.test(part)))
    return check.fault(path, value, 'lists by the number of a part, from 1');
  const lists = object(check, value, path, Object.fromEntries(parts.map((part) => [part, missingValues])));
  return lists as Flags | undefined;
};

const timeFormat: Read<string> = (check, value, path) => {
  const pattern = text(check, value, path);
  if (pattern === undefined || pattern === 'default' || pattern === 'any') return undefined;
  const compiled = compileTimePattern(pattern);
  return typeof compiled === 'string'
    ? check.fault(path, value, `a pattern such as "%Y-%m-%d %H:%M" (${compiled})`)
    : pattern;
};

interface ReadField {
  readonly name: FieldName;
  readonly rule: FieldRule;
  readonly isRequired: boolean | undefined;
}

const field: Read<ReadField> = (check, value, path) => {
  const found = object(check, value, path, {
    name: fieldName,
    from: columns,
    fromFileName: fileNameExpression,
    unit: text,
    scale,
    split,
    acceptFlags: flags,
    missingValues,
    format: timeFormat,
    decimalChar: oneOf('.' as const, ',' as const),
    groupChar,
    constraints: (inner, constraints: unknown, at) => object(inner, constraints, at, { required: flag }),
  });
  if (found === undefined) return undefined;
  const { name, constraints, acceptFlags, ...rest } = found;
  if (name === undefined) {
    if (!Object.hasOwn(value as object, 'name'))
      check.fault(`${path}.name`, undefined, `one of ${observationFields.join(', ')}`);
    return undefined;
  }
  if ('from' in (value as object) && 'fromFileName' in (value as object))
    check.fault(path, value, 'either from or fromFileName');
  checkWordsOf(check, value as object, name, path);
  if (rest.unit !== undefined && isMeasure(name) && conversionOf(name, rest.unit) === undefined)
    check.fault(`${path}.unit`, rest.unit, `one of ${knownUnits(name).join(', ')}`);
  const byPart = Array.isArray(acceptFlags) ? { [(rest.split?.value ?? 1) + 1]: acceptFlags } : acceptFlags;
  const rule = { ...rest, acceptFlags: byPart as FieldRule['acceptFlags'] };
  return { name, rule, isRequired: constraints?.required };
};

/** Words that would say nothing for this field must not be ignored in silence. */
function checkWordsOf(check: Check, value: object, name: FieldName, path: string): void {
  const ofMeasures = ['unit', 'scale', 'split', 'acceptFlags', 'decimalChar', 'groupChar'];
  const words = isMeasure(name) ? ['format'] : ofMeasures;
  for (const word of [...words, ...(name === 'Date_Time' ? [] : ['format'])])
    if (word in value && !(isMeasure(name) && ofMeasures.includes(word)))
      check.faults.push(`${path}.${word}: unknown member of ${name}, leave it out`);
  if ('fromFileName' in value && isMeasure(name))
    check.faults.push(`${path}.fromFileName: unknown member of ${name}, use from`);
  if ('acceptFlags' in value && !('split' in value))
    check.fault(`${path}.split`, undefined, 'a delimiter, as acceptFlags speaks of the parts of a value');
}

const constants: Read<Partial<Record<FieldName, string>>> = (check, value, path) => {
  const constant: Read<string> = (inner, each, at) =>
    typeof each === 'number' ? String(each) : text(inner, each, at);
  const members = Object.fromEntries(observationFields.map((name) => [name, constant]));
  return object(check, value, path, members) as Partial<Record<FieldName, string>> | undefined;
};

const timezone: Read<string> = (check, value, path) => {
  const zone = text(check, value, path);
  if (zone === undefined) return undefined;
  return localTime(zone)
    ? zone
    : check.fault(path, value, 'a zone such as Europe/Berlin, or an offset such as +09:00');
};

function formatOf(check: Check, value: unknown): FormatFile | undefined {
  const found = object(check, value, '', {
    dialect,
    missingValues,
    fields: list(field, observationFields.length * 2),
    timezone,
    constants,
    required: list(fieldName, observationFields.length),
  });
  if (found === undefined) return undefined;
  const given = (value as { fields?: unknown[] }).fields ?? [];
  const fields: Partial<Record<FieldName, FieldRule>> = {};
  const required = new Set<FieldName>(found.required ?? observationFields);
  for (const { name, rule, isRequired } of found.fields ?? []) {
    if (fields[name] !== undefined) check.fault('fields', given, `${name} once`);
    fields[name] = rule;
    if (isRequired === true) required.add(name);
    if (isRequired === false && found.required?.includes(name))
      check.fault('required', found.required, `no ${name}, which constraints.required excludes`);
    else if (isRequired === false) required.delete(name);
  }
  for (const [name, constant] of Object.entries(found.constants ?? {}) as [FieldName, string][]) {
    if (fields[name] !== undefined)
      check.fault(`constants.${name}`, constant, 'it in constants or in fields');
    fields[name] = { value: constant };
  }
  // Without them a record has no meaning.
  required.add('Location').add('Date_Time');
  checkDialect(check, found.dialect ?? {}, fields);
  return {
    dialect: found.dialect ?? {},
    missingValues: found.missingValues ?? [],
    fields,
    timezone: found.timezone,
    required,
  };
}

function checkDialect(
  check: Check,
  { header, headerRows, ...chars }: Dialect,
  fields: FormatFile['fields'],
): void {
  if (header === false && headerRows !== undefined && headerRows.length > 0)
    check.fault('dialect.headerRows', headerRows, 'none, as dialect.header is false');
  if (chars.groupChar !== undefined && chars.groupChar === (chars.decimalChar ?? '.'))
    check.fault('dialect.groupChar', chars.groupChar, 'another character than decimalChar');
  if (header !== false) return;
  for (const [name, rule] of Object.entries(fields))
    if (rule.from?.some((column) => typeof column === 'string'))
      check.fault(`fields ${name}.from`, rule.from, 'numbers of columns, as dialect.header is false');
}
