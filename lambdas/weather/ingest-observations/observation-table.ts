import { BadRecord } from '../../shared/failures/failures.ts';
import type { CsvRecord } from '../../shared/incoming/csv.ts';
import { type Observation, observationFields, observationFromRow } from '../../shared/wire/observation.ts';

/** Turns the records of one file, in their order, into observations. Throws BadRecord for one that is not. */
export interface ObservationTable {
  /** Undefined for the header, and for a line of blanks. */
  read(record: CsvRecord): Observation | undefined;
  /** Which cell each documented field is, from 0, -1 for none; undefined as long as they are in the documented order. */
  readonly columns: string | undefined;
}

const normalise = (name: string) => name.trim().toLowerCase();
const knownNames = observationFields.map(normalise);
const documentedColumns = String(knownNames.map((_, place) => place));

/**
 * The first record that names any of the known columns is the header, and says where they are; columns it does not know
 * are ignored. A file without a header has the columns in their documented order.
 */
export function observationTable(): ObservationTable {
  let width: number = observationFields.length;
  let places: number[] | undefined;

  return {
    get columns() {
      const columns = String(places ?? documentedColumns);
      return columns === documentedColumns ? undefined : columns;
    },

    read({ cells, malformed }) {
      if (malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${malformed}`);
      if (cells.length === 1 && cells[0]?.trim() === '') return undefined;
      if (!places) {
        const names = cells.map(normalise);
        const isHeader = names.some((name) => knownNames.includes(name));
        places = isHeader
          ? knownNames.map((name) => names.indexOf(name))
          : knownNames.map((_, place) => place);
        if (isHeader) {
          width = cells.length;
          return undefined;
        }
      }
      // A cell too many is as likely a comma inside a number, which would shift all that follow it.
      if (cells.length > width && cells.slice(width).some((cell) => cell.trim() !== '')) {
        throw new BadRecord('MALFORMED_ROW', `found ${cells.length} cells, expected ${width}`);
      }
      return observationFromRow(places.map((place) => cells[place]));
    },
  };
}
