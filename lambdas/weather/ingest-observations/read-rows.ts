import { BadRecord } from '../../shared/failures/failures.ts';
import type { Judging, Observation } from '../../shared/wire/observation.ts';
import { isHeaderRow, type Recognised, recogniseRows } from './recognise-rows.ts';
import { type Row, type RowFormat, rowReader } from './row-format.ts';

/** The outcome of one row of a file. */
export type ReadRow =
  | { readonly row: Row; readonly observation: Observation }
  /** With the format that its fields were looked for by. */
  | { readonly row: Row; readonly fault: BadRecord; readonly format: RowFormat }
  /** A title, a comment, a header or a footer. */
  | { readonly row: Row; readonly skipped: true };

export interface RowsReader {
  /**
   * Returns the outcome of these rows, in order. Holds some back until it is known whether they end the
   * file.
   */
  read(rows: Iterable<Row>): Iterable<ReadRow>;
  /** Returns the rows that were held back. */
  end(): Iterable<ReadRow>;
}

/** A footer is short. */
const longestFooter = 10;

/**
 * Reads the rows of one file in their order, as recognised from the first of them. Rows that are no data are
 * skipped: what stands before the data, comments (`# …`), headers inside, and a footer, which is lines of a
 * single cell at the very end. A header inside, as of files that were put together, says where the fields are
 * in the rows behind it.
 */
export function readRows({ format: first, leading }: Recognised, judging: Judging): RowsReader {
  const isJson = first.delimiter === 'json';
  let format = first;
  let read = rowReader(format);
  let toSkip = leading;
  let held: Row[] = [];

  const readOne = (row: Row): ReadRow => {
    try {
      return { row, observation: read(row, judging) };
    } catch (fault) {
      if (fault instanceof BadRecord) return { row, fault, format };
      throw fault;
    }
  };

  /** Rows behind a header that lacks a column must not be read by the header before it. */
  const readBehind = (header: Row) => {
    try {
      const { delimiter, decimalChar } = format;
      if (delimiter === 'json') return;
      format = { ...recogniseRows([header], { kind: 'csv', delimiter }).format, decimalChar };
      read = rowReader(format);
    } catch (fault) {
      if (!(fault instanceof BadRecord)) throw fault;
      read = () => {
        throw new BadRecord('MALFORMED_ROW', `the header in line ${header.line}: ${fault.message}`);
      };
    }
  };

  function* readAll(rows: Iterable<Row>): Generator<ReadRow> {
    for (const row of rows) {
      const isFooter = !isJson && row.malformed === undefined && isSingle(row.cells);
      if (toSkip > 0) {
        toSkip--;
        yield { row, skipped: true };
      } else if (!isJson && row.raw.startsWith('#')) yield { row, skipped: true };
      else if (isFooter && row.raw.trim() === '') yield { row, skipped: true };
      else if (isFooter && held.length < longestFooter) held.push(row);
      else {
        if (held.length > 0) yield* release();
        const result = readOne(row);
        // A header can only be found among rows that cannot be read.
        if ('fault' in result && isHeaderRow(row.cells)) {
          readBehind(row);
          yield { row, skipped: true };
        } else yield result;
      }
    }
  }

  /** Rows of a single cell in the middle of the data are faults. */
  function* release(): Generator<ReadRow> {
    yield* held.map(readOne);
    held = [];
  }

  return {
    read: readAll,
    end: () => held.map((row) => ({ row, skipped: true as const })),
  };
}

function isSingle(cells: readonly string[]): boolean {
  return cells.length > 0 && cells.every((cell, place) => place === 0 || cell.trim() === '');
}
