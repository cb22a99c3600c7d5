import { BadRecord } from '../../shared/failures/failures.ts';
import type { CsvRecord } from '../../shared/incoming/csv.ts';
import { type Observation, observationFields, observationFromRow } from '../../shared/wire/observation.ts';

/** Turns the records of one file, in order, into observations. */
export interface ObservationTable {
  /**
   * Returns undefined for the header and for a blank line.
   * @throws BadRecord for a record that is no observation
   */
  read(record: CsvRecord): Observation | undefined;
  /** The cell index of each documented field, -1 for none; undefined while the order is as documented. */
  readonly columns: string | undefined;
}

const normalise = (name: string) => name.trim().toLowerCase();
const knownNames = observationFields.map(normalise);
const documentedColumns = String(knownNames.map((_, index) => index));

/**
 * The first record is a header if it names any known column. A header gives the order of the columns, and
 * unknown columns are ignored. A file without a header has the columns in the documented order.
 */
export function observationTable(): ObservationTable {
  let width: number = observationFields.length;
  let columnIndexes: number[] | undefined;

  return {
    get columns() {
      const columns = String(columnIndexes ?? documentedColumns);
      return columns === documentedColumns ? undefined : columns;
    },

    read({ cells, malformed }) {
      if (malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${malformed}`);
      if (cells.length === 1 && cells[0]?.trim() === '') return undefined;
      if (!columnIndexes) {
        const names = cells.map(normalise);
        const isHeader = names.some((name) => knownNames.includes(name));
        columnIndexes = isHeader
          ? knownNames.map((name) => names.indexOf(name))
          : knownNames.map((_, index) => index);
        if (isHeader) {
          width = cells.length;
          return undefined;
        }
      }
      // An extra cell may be a decimal comma, which shifts all cells after it: the row cannot be trusted.
      if (cells.length > width && cells.slice(width).some((cell) => cell.trim() !== '')) {
        throw new BadRecord('MALFORMED_ROW', `found ${cells.length} cells, expected ${width}`);
      }
      return observationFromRow(columnIndexes.map((index) => cells[index]));
    },
  };
}
