import { BadRecord } from '../../shared/failures/failures.ts';
import { objectOf, show } from '../../shared/failures/fields.ts';
import { type Delimiter, tokenizeCsv } from '../../shared/incoming/csv.ts';
import {
  type Judging,
  type Observation,
  observationFields,
  observationFromRow,
} from '../../shared/wire/observation.ts';
import { type FieldName, isMeasure } from './header.ts';
import { conversionOf } from './units.ts';

/**
 * How the rows of one file become observations. Plain data: it travels with each bad row, so that a
 * correction reads the row as ingest did.
 */
export interface RowFormat {
  /** `json`: each row is a JSON object. */
  readonly delimiter: Delimiter | 'json';
  readonly decimalChar: '.' | ',';
  /** Cells that a row may have; more of them, unless blank, make the row malformed. */
  readonly width: number;
  readonly fields: Readonly<Record<FieldName, FieldSource>>;
}

export interface FieldSource {
  /** The cell's place, from 0, or the name of a JSON member. */
  readonly from: number | string;
  /** Absent for the unit of the field's name. */
  readonly unit?: string;
}

/** CSV as the project writes it. */
export const documentedFormat: RowFormat = {
  delimiter: ',',
  decimalChar: '.',
  width: observationFields.length,
  fields: fieldsFrom((_, place) => ({ from: place })),
};

export function fieldsFrom(source: (field: FieldName, place: number) => FieldSource): RowFormat['fields'] {
  return Object.fromEntries(
    observationFields.map((field, place) => [field, source(field, place)]),
  ) as RowFormat['fields'];
}

/** A row of a file, before its fields are read. */
export interface Row {
  /** Its line, from 1; in a JSON array its place among the elements. */
  readonly line: number;
  readonly raw: string;
  /** Its size in the file, where `raw` is only its start. */
  readonly rawBytes?: number;
  /** The cells of a CSV row. */
  readonly cells: readonly string[];
  /** The members of a JSON row. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The fault in its form. A malformed row has no cells. */
  readonly malformed?: string;
}

/**
 * Compiles a format once for all rows of a file.
 *
 * @returns reads a row; throws BadRecord with everything that is wrong with it
 */
export function rowReader(format: RowFormat): (row: Row, judging: Judging) => Observation {
  const { width } = format;
  const texts = fieldReader(format);
  return (row, judging) => {
    if (row.malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${row.malformed}`);
    // A cell too many is as likely a comma inside a number, which would shift all that follow it.
    if (row.cells.length > width && row.cells.slice(width).some((cell) => cell.trim() !== ''))
      throw new BadRecord('MALFORMED_ROW', `found ${row.cells.length} cells, expected ${width}`);
    return observationFromRow(texts(row), judging);
  };
}

/** The texts of a row's fields, in the documented order and units. */
export const fieldTexts = (row: Row, format: RowFormat): (string | undefined)[] => fieldReader(format)(row);

function fieldReader(format: RowFormat): (row: Row) => (string | undefined)[] {
  const readers = observationFields.map((field) => cellReader(field, format));
  return (row) => readers.map((read) => read(row));
}

type CellReader = (row: Row) => string | undefined;

/**
 * Text in the field's own unit, with a decimal point. What cannot be read stays as it is, for the message.
 */
function cellReader(field: FieldName, { fields, decimalChar }: RowFormat): CellReader {
  const { from, unit } = fields[field];
  const read: CellReader =
    typeof from === 'number' ? ({ cells }) => cells[from] : ({ members }) => textOf(members?.[from]);
  if (!isMeasure(field)) return read;
  const point: CellReader = decimalChar === ',' ? (row) => withPoint(read(row)) : read;
  const convert = unit === undefined ? undefined : conversionOf(field, unit);
  return convert === undefined ? point : (row) => converted(point(row), convert);
}

const commaDecimal = /^\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*$/;
const withPoint = (cell: string | undefined) =>
  cell !== undefined && commaDecimal.test(cell) ? cell.replace(',', '.') : cell;

const number = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const converted = (cell: string | undefined, convert: (value: number) => number) =>
  cell !== undefined && number.test(cell) ? String(convert(Number(cell))) : cell;

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** One row by itself, as when a dead letter is corrected. */
export function rowOf(raw: string, { delimiter }: Pick<RowFormat, 'delimiter'>): Row {
  if (delimiter === 'json') return jsonRow({ row: 1, raw });
  const tokenizer = tokenizeCsv(delimiter);
  const [record] = [...tokenizer.push(Buffer.from(raw)), ...tokenizer.end()];
  return record ?? { line: 1, raw, cells: [] };
}

export function jsonRow({ row, raw, malformed }: { row: number; raw: string; malformed?: string }): Row {
  if (malformed !== undefined) return { line: row, raw, cells: [], malformed };
  try {
    return { line: row, raw, cells: [], members: objectOf(`row ${row}`, JSON.parse(raw)) };
  } catch {
    return { line: row, raw, cells: [], malformed: 'no JSON object' };
  }
}

/** The format in a header of `error-data`; undefined for the documented one. */
export function encodeFormat(format: RowFormat): string | undefined {
  const sources = observationFields.map((field) => format.fields[field]);
  const differsInOrderAlone =
    format.delimiter === ',' && format.decimalChar === '.' && sources.every(({ unit }) => unit === undefined);
  if (!differsInOrderAlone) return JSON.stringify(format);
  const places = String(sources.map(({ from }) => from));
  return places === documentedPlaces ? undefined : places;
}

const documentedPlaces = String(observationFields.map((_, place) => place));

/**
 * The format of a row: none for the documented one, the places of the fields (`5,4,3,2,1,0`), or all of it as
 * JSON.
 *
 * @throws Error for what is none of these
 */
export function decodeFormat(text: string | null): RowFormat {
  if (text === null) return documentedFormat;
  if (/^-?\d+(,-?\d+)*$/.test(text)) {
    const places = text.split(',').map(Number);
    return {
      ...documentedFormat,
      width: Number.MAX_SAFE_INTEGER,
      fields: fieldsFrom((_, place) => ({ from: places[place] ?? -1 })),
    };
  }
  const format: Partial<RowFormat> = JSON.parse(text);
  if (format.fields === undefined || format.delimiter === undefined || format.decimalChar === undefined)
    throw new Error(`The format of the row cannot be read: ${show(text)}`);
  return { width: Number.MAX_SAFE_INTEGER, ...format } as RowFormat;
}
