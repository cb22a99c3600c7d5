import { BadRecord } from '../../shared/failures/failures.ts';
import { objectOf } from '../../shared/failures/fields.ts';
import { tokenizeCsv } from '../../shared/incoming/csv.ts';
import { isoTime } from '../../shared/wire/date-time.ts';
import { type MeasureField, measures } from '../../shared/wire/measures.ts';
import { type Judging, type Observation, observationFromRow } from '../../shared/wire/observation.ts';
import { cellReaders } from './cell-readers.ts';
import type { Row, RowFormat } from './row-format.ts';
import type { MeasureName } from './units.ts';

/**
 * Compiles a format once for all rows of a file.
 *
 * @returns reads a row; throws BadRecord with everything that is wrong with it
 */
export function rowReader(format: RowFormat, given: Judging): (row: Row) => Observation {
  const { width, encoding } = format;
  const read = fieldReader(format);
  const judging = judgingBy(format, given);
  const leastCells = leastCellsOf(format);
  return (row) => {
    if (row.malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${row.malformed}`);
    // A cell too many is as likely a comma inside a number, which would shift all that follow it.
    if (row.cells.length > width && row.cells.slice(width).some((cell) => cell.trim() !== ''))
      throw new BadRecord('MALFORMED_ROW', `found ${row.cells.length} cells, expected ${width}`);
    // A row that was cut off must not look like one whose last measures are missing.
    if (row.cells.length < leastCells)
      throw new BadRecord(
        'MALFORMED_ROW',
        `found ${row.cells.length} cells, expected at least ${leastCells}`,
      );
    if (encoding !== undefined && row.raw.includes('\ufffd'))
      throw new BadRecord('MALFORMED_ROW', `found bytes that are no ${encoding}`);
    return read(row, judging);
  };
}

/** How far a row of this format is checked. */
export function judgingBy({ optional }: RowFormat, judging: Judging): Judging {
  if (optional === undefined || optional.length === 0) return judging;
  return { ...judging, optional: new Set(optional.map((name) => measureFields[name])) };
}

/** The texts of a row's fields, in the documented order and units. What cannot be read is no valid text. */
export function fieldTexts(row: Row, format: RowFormat): (string | undefined)[] {
  const readers = cellReaders(format);
  return readers.map((read) => {
    const text = read(row);
    return text instanceof BadRecord ? unreadTime(text) : text;
  });
}

function fieldReader(format: RowFormat): (row: Row, judging: Judging) => Observation {
  const readers = cellReaders(format);
  if (format.timezone === undefined && format.fields.Date_Time.format === undefined)
    return (row, judging) => observationFromRow(readers.map((read) => read(row)) as Texts, judging);
  return (row, judging) => {
    let timeFault: BadRecord | undefined;
    const texts = readers.map((read) => {
      const text = read(row);
      if (!(text instanceof BadRecord)) return text;
      timeFault = text;
      return validTime;
    });
    if (timeFault === undefined) return observationFromRow(texts, judging);
    throw withFaultsOf(texts, judging, timeFault);
  };
}

/** Only a time with a pattern or a zone can be a fault. */
type Texts = (string | undefined)[];

/** Stands for a time that cannot be read, so that the other faults of its row are found too. */
const validTime = '2000-01-01 00:00:00';

function withFaultsOf(
  texts: readonly (string | undefined)[],
  judging: Judging,
  timeFault: BadRecord,
): BadRecord {
  try {
    observationFromRow(texts, judging);
    return timeFault;
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    return new BadRecord(timeFault.errorType, `${timeFault.message}; ${error.message}`);
  }
}

/** The text as it is, but never one that could be read as a time in UTC. */
function unreadTime({ cause }: BadRecord): string {
  const text = String(cause);
  return isoTime(text) === undefined ? text : `${text} (local time)`;
}

/** Only where measures may be missing. */
function leastCellsOf({ optional, fields, delimiter }: RowFormat): number {
  if (delimiter === 'json' || optional === undefined || optional.length === 0) return 0;
  const places = Object.values(fields).flatMap(({ from }) => from);
  return Math.max(0, ...places.map((place) => (typeof place === 'number' ? place + 1 : 0)));
}

/** One row by itself, as when a dead letter is corrected. */
export function rowOf(
  raw: string,
  { delimiter, skipInitialSpace }: Pick<RowFormat, 'delimiter' | 'skipInitialSpace'>,
): Row {
  if (delimiter === 'json') return jsonRow({ row: 1, raw });
  const tokenizer = tokenizeCsv(delimiter, { skipInitialSpace });
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

const measureFields = Object.fromEntries(
  Object.entries(measures).map(([field, { name }]) => [name, field]),
) as Readonly<Record<MeasureName, MeasureField>>;
