import { BadRecord } from '../../shared/failures/failures.ts';
import { show } from '../../shared/failures/fields.ts';
import type { Layout } from '../../shared/incoming/sniff.ts';
import { isoTime } from '../../shared/wire/date-time.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { remedyFor } from './column-remedy.ts';
import { countFields, type FieldName, isMeasure, recogniseColumn } from './header.ts';
import { documentedFormat, type FieldSource, fieldsFrom, type Row, type RowFormat } from './row-format.ts';
import { conversionOf, knownUnits } from './units.ts';

/** The format of all rows of a file, decided from the first ones. */
export interface Recognised {
  readonly format: RowFormat;
  /** Rows that stand before the data: titles, comments, the header itself. */
  readonly leading: number;
  /** The cells of the header, to know it again when it is repeated; undefined for none. */
  readonly header: readonly string[] | undefined;
  /** Columns that no field takes. */
  readonly ignored: readonly string[];
}

/** For `sniff`: a header with many known names, a row of the documented form a little. */
export function scoreRow(cells: readonly string[]): number {
  return countFields(cells) * 10 + (looksDocumented(cells) ? 1 : 0);
}

/** Titles and comments before a header are rarely more. */
const headerWithin = 60;
/** A header names at least so many fields: fewer may be words of a title. */
const leastNamed = 3;

/**
 * Decides from the first rows of a file how all its rows are read.
 *
 * @throws BadRecord (FORMAT_MISMATCH) when a column is missing, doubled or in an unknown unit: what was
 * found, what was
 *   expected, and a `_format.json` to start from
 */
export function recogniseRows(sample: readonly Row[], layout: Layout): Recognised {
  return layout.kind === 'csv' ? recogniseCsv(sample, layout.delimiter) : recogniseJson(sample);
}

/** Whether a row can only be a header. */
export const isHeaderRow = (cells: readonly string[]): boolean => countFields(cells) >= leastNamed;

function recogniseCsv(sample: readonly Row[], delimiter: RowFormat['delimiter']): Recognised {
  const searched = sample.slice(0, headerWithin);
  // A header behind rows of data belongs to what follows it alone.
  const dataFrom = searched.findIndex(({ cells }) => looksDocumented(cells));
  const at = searched.findIndex(({ cells }) => isHeaderRow(cells));
  const header = dataFrom >= 0 && dataFrom < at ? undefined : searched[at];
  if (header === undefined) return recogniseWithoutHeader(searched, delimiter, sample);
  const names = header.cells.map((name) => name.trim());
  const format: RowFormat = {
    delimiter,
    decimalChar: '.',
    width: header.cells.length,
    fields: namedFields(names, (place) => place),
  };
  return {
    format: { ...format, decimalChar: decimalCharOf(sample.slice(at + 1), format) },
    leading: at + 1,
    header: names,
    ignored: names.filter((name) => name !== '' && recogniseColumn(name) === undefined),
  };
}

/** Without a header, the columns are in the documented order. */
function recogniseWithoutHeader(
  searched: readonly Row[],
  delimiter: RowFormat['delimiter'],
  sample: readonly Row[],
): Recognised {
  const first = searched.findIndex(({ cells }) => looksDocumented(cells));
  if (first < 0) throw mismatch(likelyHeader(searched));
  const format = { ...documentedFormat, delimiter };
  return {
    format: { ...format, decimalChar: decimalCharOf(sample, format) },
    // A row before it may be data with faults, which must not vanish.
    leading: 0,
    header: undefined,
    ignored: [],
  };
}

function recogniseJson(sample: readonly Row[]): Recognised {
  const names = [...new Set(sample.flatMap(({ members }) => Object.keys(members ?? {})))];
  const [first] = sample;
  if (names.length === 0 && first?.malformed !== undefined)
    throw new BadRecord('UNREADABLE_FILE', `found ${first.malformed}, expected JSON objects`);
  if (names.length === 0) throw mismatch([]);
  const format: RowFormat = {
    delimiter: 'json',
    decimalChar: '.',
    width: 0,
    fields: namedFields(names, (place) => names[place] ?? ''),
  };
  return {
    format,
    leading: 0,
    header: undefined,
    ignored: names.filter((name) => recogniseColumn(name) === undefined),
  };
}

function namedFields(
  names: readonly string[],
  sourceAt: (place: number) => number | string,
): RowFormat['fields'] {
  const missing: FieldName[] = [];
  const fields = fieldsFrom((field) => {
    const places = names.flatMap((name, place) => (recogniseColumn(name)?.field === field ? [place] : []));
    const [place] = places;
    if (places.length > 1)
      throw refused(
        `found ${places.length} columns for ${field} (${places.map((each) => show(names[each])).join(', ')}), expected one`,
        'Remove all but one of them, or give the others another name; drop the file again.',
      );
    if (place === undefined) {
      missing.push(field);
      return { from: -1 };
    }
    return { from: sourceAt(place), ...unitOf(field, names[place] ?? '') };
  });
  if (missing.length > 0) throw mismatch(names, missing);
  return fields;
}

function unitOf(field: FieldName, name: string): Pick<FieldSource, 'unit'> {
  const unit = recogniseColumn(name)?.unit;
  if (unit === undefined || !isMeasure(field)) return {};
  if (conversionOf(field, unit) === undefined)
    throw refused(
      `found the unit ${show(unit)} for ${field}, expected one of ${knownUnits(field).join(', ')}`,
      'Convert the values; drop the file again.',
    );
  return knownUnits(field)[0] === unit ? {} : { unit };
}

/** A file has one decimal character. It can be a comma only where commas do not separate cells. */
function decimalCharOf(rows: readonly Row[], { delimiter, fields }: RowFormat): '.' | ',' {
  if (delimiter === ',') return '.';
  const measures = observationFields.filter(isMeasure).map((field) => fields[field].from);
  const cells = rows.flatMap((row) =>
    measures.map((from) => (typeof from === 'number' ? (row.cells[from] ?? '') : '')),
  );
  const commas = cells.filter((cell) => /^\s*[+-]?\d*,\d+\s*$/.test(cell)).length;
  const points = cells.filter((cell) => /^\s*[+-]?\d*\.\d+\s*$/.test(cell)).length;
  return commas > points ? ',' : '.';
}

function looksDocumented(cells: readonly string[]): boolean {
  const time = cells[1]?.trim() ?? '';
  return cells.length >= observationFields.length && !Number.isNaN(isoTime(time) ?? Number.NaN);
}

/** The row that a person would take for the header: the first of the most frequent width. */
function likelyHeader(rows: readonly Row[]): readonly string[] {
  const widths = new Map<number, number>();
  for (const { cells } of rows) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  const [usual] = [...widths].sort(([a, countA], [b, countB]) => countB - countA || b - a);
  return rows.find(({ cells }) => cells.length === usual?.[0])?.cells.map((name) => name.trim()) ?? [];
}

function mismatch(names: readonly string[], missing?: readonly FieldName[]): BadRecord {
  const found =
    names.length === 0
      ? 'no columns'
      : `the columns ${shortened(names.map((name) => show(name)).join(', '))}`;
  const expected =
    missing === undefined
      ? `a header with ${observationFields.join(', ')}, or rows in that order`
      : `also ${missing.join(', ')}`;
  return refused(`found ${found}, expected ${expected}`, remedyFor(names));
}

const longest = 400;
const shortened = (text: string) =>
  text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;

function refused(reason: string, remedy: string): BadRecord {
  return new BadRecord('FORMAT_MISMATCH', `${reason}. Nothing of the file was sent. ${remedy}`);
}
