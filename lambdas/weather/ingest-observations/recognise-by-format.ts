import { show } from '../../shared/failures/fields.ts';
import type { Layout } from '../../shared/incoming/sniff.ts';
import { maxFormatChars } from '../../shared/kafka/kafka-event.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { memberAt } from './cell-readers.ts';
import { decimalCharOf } from './decimal-char.ts';
import type { FieldRule, FormatFile } from './format-file.ts';
import { headerWithin, likelyHeader, mismatch, refused } from './format-mismatch.ts';
import { type FieldName, isMeasure, partsOf, plain, recogniseColumn, unitOfName } from './header.ts';
import type { Recognised } from './read-rows.ts';
import { refuseZone, unitOf } from './recognise-rows.ts';
import { encodeFormat, type FieldSource, fieldsFrom, type Row, type RowFormat } from './row-format.ts';

/**
 * Decides how the rows of a file are read that has a format file. Fields that it does not list are looked
 * for by their names, as without one.
 *
 * @param fileName without its folder
 * @throws BadRecord (FORMAT_MISMATCH) when a required field has no column, or a column is there twice
 */
export function recogniseByFormat(
  sample: readonly Row[],
  layout: Layout,
  format: FormatFile,
  fileName: string,
): Recognised {
  const recognised = recognise(sample, layout, format, fileName);
  const { length } = encodeFormat(recognised.format) ?? '';
  if (length > maxFormatChars)
    throw refused(
      `found a format of ${length} characters, expected at most ${maxFormatChars}, as it travels with each bad row`,
      'Shorten missingValues and acceptFlags in _format.json; drop the file again.',
    );
  return recognised;
}

function recognise(sample: readonly Row[], layout: Layout, format: FormatFile, fileName: string): Recognised {
  const rules = withFileName(format, fileName);
  const common = {
    decimalChar: format.dialect.decimalChar ?? '.',
    ...defined({
      groupChar: format.dialect.groupChar,
      encoding: format.dialect.encoding === 'utf-8' ? undefined : format.dialect.encoding,
      timezone: format.timezone,
      optional: optionalOf(format),
    }),
  } as const;
  const resolve = (columns: Columns): Resolved => resolveFields(columns, rules, format);

  if (layout.kind !== 'csv') {
    const names = [...new Set(sample.flatMap(({ members }) => Object.keys(members ?? {})))];
    const { fields, missing, taken } = resolve(membersOf(sample, names));
    if (missing.length > 0) throw mismatch(names, missing);
    return {
      format: { delimiter: 'json', width: 0, fields, ...common },
      leading: 0,
      commentChar: undefined,
      ignored: names.filter((name) => !taken.has(name)),
      behind: () => undefined,
    };
  }

  const { delimiter } = layout;
  const { skipInitialSpace, commentChar = '#', decimalChar } = format.dialect;
  const formatWith = (fields: RowFormat['fields'], width: number): RowFormat => ({
    delimiter,
    width,
    fields,
    ...common,
    ...defined({ skipInitialSpace }),
  });
  const { names, leading, width } = headerOf(sample, format, rules, resolve);
  const { fields, missing, taken, absent } = resolve(cellsOf(names));
  if (missing.length > 0) throw mismatch(names.length > 0 ? names : likelyHeader(sample).names, missing);
  const recognised = formatWith(fields, width);
  const found = decimalChar ?? decimalCharOf(sample.slice(leading), recognised);
  const whole = { ...recognised, decimalChar: found };
  return {
    format: whole,
    leading,
    commentChar,
    ignored: [
      ...names.filter((name) => name !== '' && !taken.has(name)),
      ...absent.map((name) => `${name} (not in the file)`),
    ],
    behind: ({ cells }) => {
      if (names.length === 0) return undefined;
      const own = cells.map((cell) => cell.trim());
      const again = resolve(cellsOf(own));
      return again.found === 0 || again.missing.length > 0
        ? undefined
        : { ...whole, width: cells.length, fields: again.fields };
    },
  };
}

type Rules = FormatFile['fields'];

/** A location in the file's name is the same in every row. */
function withFileName({ fields }: FormatFile, fileName: string): Rules {
  const entries = Object.entries(fields).map(([name, rule]) => {
    if (rule.fromFileName === undefined) return [name, rule];
    const found = rule.fromFileName.matcher(fileName);
    if (!found.find())
      throw refused(
        `found the file name ${show(fileName)}, expected one that ${rule.fromFileName.pattern()} finds ${name} in`,
        'Rename the file or correct fromFileName in _format.json; drop the file again.',
      );
    const value = found.groupCount() > 0 ? found.group(1) : found.group();
    return [name, { ...rule, value: value ?? '' }];
  });
  return Object.fromEntries(entries);
}

function optionalOf({ required }: FormatFile): RowFormat['optional'] {
  const optional = observationFields.filter(isMeasure).filter((name) => !required.has(name));
  return optional.length === 0 ? undefined : optional;
}

/** Without members that are undefined, which would not travel with a row. */
function defined<T extends object>(members: T): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** The columns of a file. */
interface Columns {
  readonly names: readonly string[];
  /** Where a column is that a format file names; undefined if it is not there. @throws BadRecord for two */
  readonly find: (column: string | number) => number | string | undefined;
  readonly sourceAt: (place: number) => number | string;
}

function cellsOf(names: readonly string[]): Columns {
  return {
    names,
    sourceAt: (place) => place,
    find: (column) => {
      // Cells are counted from 1 in a format file.
      if (typeof column === 'number')
        return names.length === 0 || column <= names.length ? column - 1 : undefined;
      const place = placeOf(names, column);
      return place < 0 ? undefined : place;
    },
  };
}

function membersOf(sample: readonly Row[], names: readonly string[]): Columns {
  return {
    names,
    sourceAt: (place) => names[place] ?? '',
    find: (column) => {
      if (typeof column === 'number') return undefined;
      return sample.some(({ members }) => memberAt(members, column) !== undefined) ? column : undefined;
    },
  };
}

/** By its whole name, else by its name without the unit in brackets, in any case. */
function placeOf(names: readonly string[], column: string): number {
  const same = (text: string) => text.trim().normalize('NFC');
  const places = (matches: (name: string) => boolean) =>
    names.flatMap((name, place) => (matches(name) ? [place] : []));
  const exact = places((name) => same(name) === same(column));
  const wanted = plain(column);
  const found =
    exact.length > 0 || wanted === '' ? exact : places((name) => plain(partsOf(name).bare) === wanted);
  if (found.length > 1)
    throw refused(
      `found ${found.length} columns ${show(column)}, expected one`,
      `Write its number instead of its name into _format.json; drop the file again.`,
    );
  return found[0] ?? -1;
}

interface Resolved {
  readonly fields: RowFormat['fields'];
  /** Required fields without a column. */
  readonly missing: readonly FieldName[];
  /** Columns of the format file that are not in the file. */
  readonly absent: readonly (string | number)[];
  readonly taken: ReadonlySet<string>;
  /** Fields that have a column by its name. */
  readonly found: number;
}

const nowhere: FieldSource = { from: -1 };

function resolveFields(columns: Columns, rules: Rules, format: FormatFile): Resolved {
  const missing: FieldName[] = [];
  const absent: (string | number)[] = [];
  const taken = new Set<string>();
  let found = 0;
  const take = (place: number | string) => {
    taken.add(typeof place === 'number' ? (columns.names[place] ?? '') : (place.split('.')[0] ?? place));
    taken.add(String(place));
  };

  const fields = fieldsFrom((field) => {
    const rule = rules[field];
    if (rule?.value !== undefined) return { from: -1, value: rule.value };
    const from = rule?.from ?? columnOf(columns, field);
    const places = from.map((column) => [column, columns.find(column)] as const);
    absent.push(...places.flatMap(([column, place]) => (place === undefined ? [column] : [])));
    const known = places.map(([, place]) => place).filter((place) => place !== undefined);
    if (known.length === 0 || known.length < from.length) {
      if (format.required.has(field)) missing.push(field);
      return nowhere;
    }
    if (from.some((column) => typeof column === 'string')) found++;
    known.forEach(take);
    const [first] = known;
    const name = typeof first === 'number' ? columns.names[first] : first;
    if (field === 'Date_Time' && format.timezone === undefined && name !== undefined) refuseZone(name);
    return sourceOf(field, known, rule, columns, format);
  });
  return { fields, missing, absent, taken, found };
}

/** Of a field that the format file does not list: its own name, whose column leaves no doubt. */
function columnOf({ names }: Columns, field: FieldName): readonly string[] {
  const own = names.filter((name) => recogniseColumn(name)?.field === field);
  if (own.length > 1)
    throw refused(
      `found ${own.length} columns for ${field} (${own.map((name) => show(name)).join(', ')}), expected one`,
      `List ${field} with from in _format.json; drop the file again.`,
    );
  return own;
}

function sourceOf(
  field: FieldName,
  places: readonly (number | string)[],
  rule: FieldRule | undefined,
  columns: Columns,
  format: FormatFile,
): FieldSource {
  const [place = -1] = places;
  const named = typeof place === 'number' ? (columns.names[place] ?? '') : place;
  const missing = rule?.missingValues ?? format.missingValues;
  return {
    from: places.length === 1 ? place : places,
    // The format file's unit, else the one in the column's name.
    ...unitOf(field, rule?.unit ?? unitOfName(named, field)),
    ...defined({
      scale: rule?.scale,
      split: rule?.split,
      acceptFlags: rule?.acceptFlags,
      missing: missing.length > 0 ? missing : undefined,
      format: rule?.format,
      decimalChar: rule?.decimalChar,
      groupChar: rule?.groupChar,
    }),
  };
}

interface Header {
  readonly names: readonly string[];
  /** Rows up to the data. */
  readonly leading: number;
  readonly width: number;
}

function headerOf(
  sample: readonly Row[],
  { dialect }: FormatFile,
  rules: Rules,
  resolve: (columns: Columns) => Resolved,
): Header {
  const namesIn = (row: Row | undefined) => row?.cells.map((cell) => cell.trim()) ?? [];
  const { header, headerRows, headerJoin = ' ' } = dialect;
  const isNamed = Object.values(rules).some(({ from }) => from !== undefined);
  const documented = { names: observationFields, leading: 0, width: observationFields.length };
  if (header === false) return isNamed ? { names: [], leading: 0, width: usualWidth(sample) } : documented;

  if (headerRows !== undefined && headerRows.length > 0) {
    const rows = sample.filter(({ line }) => headerRows.includes(line)).map(namesIn);
    const last = sample.findLastIndex(({ line }) => line <= Math.max(...headerRows));
    if (rows.length < headerRows.length)
      throw refused(
        `found no row that begins in line ${headerRows.find((at) => !sample.some(({ line }) => line === at))}, expected a header there`,
        'Correct dialect.headerRows in _format.json; drop the file again.',
      );
    const width = Math.max(...rows.map(({ length }) => length));
    const names = Array.from({ length: width }, (_, place) =>
      rows
        .map((cells) => cells[place] ?? '')
        .filter((cell) => cell !== '')
        .join(headerJoin),
    );
    return { names, leading: last + 1, width };
  }

  const usesNames = Object.values(rules).some(({ from }) =>
    from?.some((column) => typeof column === 'string'),
  );
  const searched = sample.slice(0, headerWithin);
  const best = searched
    .map((row, at) => ({ row, at, ...resolve(cellsOf(namesIn(row))) }))
    .filter(({ found, missing }) => found > 0 && missing.length === 0)
    .reduce<{ row: Row; at: number; found: number } | undefined>(
      (most, each) => (most !== undefined && most.found >= each.found ? most : each),
      undefined,
    );
  if (best) return { names: namesIn(best.row), leading: best.at + 1, width: best.row.cells.length };
  // Columns by number alone: a first row without numbers in it is a header.
  const first = searched[0];
  if (!usesNames && resolve(cellsOf([])).missing.length === 0) {
    const leading = first !== undefined && isHeader(first) ? 1 : 0;
    return { names: [], leading, width: usualWidth(sample) };
  }
  // Without a header, and where no column is named, the columns are in the documented order.
  if (!isNamed && first !== undefined && !isHeader(first) && usualWidth(sample) === documented.width)
    return documented;
  const { names } = likelyHeader(sample);
  return { names, leading: 0, width: names.length };
}

/** Names of columns are words, most of them; cells of data are numbers. */
function isHeader({ cells }: Row): boolean {
  const filled = cells.filter((cell) => cell.trim() !== '');
  const numbers = filled.filter((cell) => /^\s*[+-]?\d[\d.,:/ -]*$/.test(cell));
  return filled.length > 0 && numbers.length < filled.length / 2;
}

function usualWidth(rows: readonly Row[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [usual] = [...counts].sort(([a, first], [b, second]) => second - first || b - a);
  return usual?.[0] ?? 0;
}
