import { show } from '../../shared/failures/fields.ts';
import type { Delimiter } from '../../shared/incoming/csv.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import type { Split } from './format-file.ts';
import type { FieldName } from './header.ts';
import type { MeasureName } from './units.ts';

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
  // The rest is what a format file says.
  readonly groupChar?: string | undefined;
  readonly skipInitialSpace?: boolean | undefined;
  /** The encoding that a person named, whose undecodable bytes became U+FFFD. */
  readonly encoding?: string | undefined;
  readonly timezone?: string | undefined;
  /** Measures that a row may lack. */
  readonly optional?: readonly MeasureName[] | undefined;
}

export interface FieldSource {
  /** The cell's place, from 0, or the name of a JSON member; several are joined by a blank. */
  readonly from: number | string | readonly (number | string)[];
  /** Absent for the unit of the field's name. */
  readonly unit?: string;
  /** The same in every row, instead of a cell. */
  readonly value?: string | undefined;
  readonly scale?: number | undefined;
  readonly split?: Split | undefined;
  readonly acceptFlags?: Readonly<Record<string, readonly string[]>> | undefined;
  readonly missing?: readonly string[] | undefined;
  readonly format?: string | undefined;
  readonly decimalChar?: '.' | ',' | undefined;
  readonly groupChar?: string | undefined;
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

/** The format in a header of `error-data`; undefined for the documented one. */
export function encodeFormat(format: RowFormat): string | undefined {
  const sources = observationFields.map((field) => format.fields[field]);
  const differsInOrderAlone =
    format.delimiter === ',' &&
    format.decimalChar === '.' &&
    Object.keys(format).length === Object.keys(documentedFormat).length &&
    sources.every((source) => Object.keys(source).length === 1 && typeof source.from === 'number');
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
