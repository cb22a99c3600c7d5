import { BadRecord } from '../../shared/failures/failures.ts';
import { show } from '../../shared/failures/fields.ts';
import type { Layout } from '../../shared/incoming/sniff.ts';
import { isoTime } from '../../shared/wire/date-time.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { decimalCharOf } from './decimal-char.ts';
import { headerWithin, likelyHeader, mismatch, refused } from './format-mismatch.ts';
import { countFields, type FieldName, isMeasure, recogniseColumn, zoneOf } from './header.ts';
import { offerFormat, offerZone } from './offered-format.ts';
import type { Recognised } from './read-rows.ts';
import { documentedFormat, type FieldSource, fieldsFrom, type Row, type RowFormat } from './row-format.ts';
import { conversionOf, isOwnUnit, knownUnits } from './units.ts';

/** For `sniff`: a header with many known names, a row of the documented form a little. */
export function scoreRow(cells: readonly string[]): number {
  return countFields(cells) * 10 + (looksDocumented(cells) ? 1 : 0);
}

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
const isHeaderRow = (cells: readonly string[]): boolean => countFields(cells) >= leastNamed;

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
    fields: namedFields(names, (place) => place, offerOf(names, sample.slice(at + 1), delimiter)),
  };
  const decimalChar = decimalCharOf(sample.slice(at + 1), format);
  return {
    format: { ...format, decimalChar },
    leading: at + 1,
    commentChar: '#',
    ignored: names.filter((name) => name !== '' && recogniseColumn(name) === undefined),
    behind: behindHeader(delimiter, decimalChar),
  };
}

/** A header inside says where the fields are in the rows behind it. */
const behindHeader =
  (delimiter: RowFormat['delimiter'], decimalChar: RowFormat['decimalChar']) =>
  (row: Row): RowFormat | undefined =>
    isHeaderRow(row.cells) ? { ...recogniseCsv([row], delimiter).format, decimalChar } : undefined;

/** Without a header, the columns are in the documented order. */
function recogniseWithoutHeader(
  searched: readonly Row[],
  delimiter: RowFormat['delimiter'],
  sample: readonly Row[],
): Recognised {
  const first = searched.findIndex(({ cells }) => looksDocumented(cells));
  if (first < 0) {
    const { names, behind } = likelyHeader(sample);
    throw mismatch(names, undefined, offerOf(names, behind, delimiter)());
  }
  const above = searched[first - 1]?.cells;
  if (above && isUnknownHeader(above))
    throw mismatch(above, undefined, offerOf(above, sample.slice(first), delimiter)());
  const format = { ...documentedFormat, delimiter };
  const decimalChar = decimalCharOf(sample, format);
  return {
    format: { ...format, decimalChar },
    // A row before it may be data with faults, which must not vanish.
    leading: 0,
    commentChar: '#',
    ignored: [],
    behind: behindHeader(delimiter, decimalChar),
  };
}

/**
 * Whether a row above data is a header whose names are not known. The columns may then have another order, or
 * other units. A row of data with faults has at least one number or blank cell.
 */
const isUnknownHeader = (cells: readonly string[]): boolean =>
  cells.length === observationFields.length &&
  cells.every((cell) => /\p{L}/u.test(cell) && Number.isNaN(Number(cell.trim())));

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
    fields: namedFields(
      names,
      (place) => names[place] ?? '',
      offerOf(
        names,
        sample.map((row) => ({ cells: names.map((name) => String(row.members?.[name] ?? '')) })),
        ',',
      ),
    ),
  };
  return {
    format,
    leading: 0,
    commentChar: undefined,
    ignored: names.filter((name) => recogniseColumn(name) === undefined),
    behind: () => undefined,
  };
}

/** For `sniff`: a format file for a file in another encoding than UTF-8. */
export function remedyFor(
  records: readonly (readonly string[])[],
  { encoding, delimiter }: { readonly encoding: string; readonly delimiter: string },
): string {
  const { names, behind } = likelyHeader(records.map((cells) => ({ cells })));
  return offerOf(names, behind, delimiter, encoding)();
}

/** Enough rows to guess by. */
const offeredBy = 50;

/** Guessed only where a file is refused. */
const offerOf =
  (names: readonly string[], rows: readonly Pick<Row, 'cells'>[], delimiter: string, encoding?: string) =>
  (): string => {
    const data = rows.slice(0, offeredBy).map(({ cells }) => cells);
    const whole = data.filter(({ length }) => length === names.length);
    return offerFormat({ names, rows: whole, delimiter, encoding });
  };

function namedFields(
  names: readonly string[],
  sourceAt: (place: number) => number | string,
  offer: () => string,
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
    if (field === 'Date_Time') refuseZone(names[place] ?? '');
    return { from: sourceAt(place), ...unitOf(field, recogniseColumn(names[place] ?? '')?.unit) };
  });
  if (missing.length > 0) throw mismatch(names, missing, offer());
  return fields;
}

/** @throws BadRecord for a column of times in another zone than UTC */
export function refuseZone(name: string): void {
  const zone = zoneOf(name);
  if (zone === undefined) return;
  throw refused(
    `found times in ${show(zone)} (${show(name)}), expected UTC`,
    `Convert them; drop the file again.${offerZone(zone)}`,
  );
}

/** @throws BadRecord for a unit that is not known */
export function unitOf(field: FieldName, unit: string | undefined): Pick<FieldSource, 'unit'> {
  if (unit === undefined || !isMeasure(field)) return {};
  if (conversionOf(field, unit) === undefined)
    throw refused(
      `found the unit ${show(unit)} for ${field}, expected one of ${knownUnits(field).join(', ')}`,
      'Convert the values; drop the file again.',
    );
  return isOwnUnit(field, unit) ? {} : { unit };
}

/** More cells than fields would make the row malformed, so they belong to another format. */
function looksDocumented(cells: readonly string[]): boolean {
  const time = cells[1]?.trim() ?? '';
  const isWidth =
    cells.length >= observationFields.length &&
    cells.slice(observationFields.length).every((cell) => cell.trim() === '');
  return isWidth && !Number.isNaN(isoTime(time) ?? Number.NaN);
}
