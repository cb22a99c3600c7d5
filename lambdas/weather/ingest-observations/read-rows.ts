import { BadRecord } from '../../shared/failures/failures.ts';
import type { Judging, Observation } from '../../shared/wire/observation.ts';
import type { Row, RowFormat } from './row-format.ts';
import { rowReader } from './row-reader.ts';

/** The format of all rows of a file, decided from the first ones. */
export interface Recognised {
  readonly format: RowFormat;
  /** Rows that stand before the data: titles, comments, the header itself. */
  readonly leading: number;
  /** Rows that begin with it are skipped. */
  readonly commentChar: string | undefined;
  /** Columns that no field takes. */
  readonly ignored: readonly string[];
  /**
   * The format of the rows behind a row that is a header; undefined for any other row.
   *
   * @throws BadRecord for a header that lacks a column
   */
  readonly behind: (row: Row) => RowFormat | undefined;
}

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
export function readRows(recognised: Recognised, judging: Judging): RowsReader {
  const { commentChar } = recognised;
  const isJson = recognised.format.delimiter === 'json';
  let format = recognised.format;
  let read = rowReader(format, judging);
  let toSkip = recognised.leading;
  let held: Row[] = [];

  const readOne = (row: Row): ReadRow => {
    try {
      return { row, observation: read(row) };
    } catch (fault) {
      if (fault instanceof BadRecord) return { row, fault, format };
      throw fault;
    }
  };

  /**
   * Reads the rows behind a header by it, and returns whether the row is one. Rows behind a header that lacks
   * a column must not be read by the header before it.
   */
  const readBehind = (row: Row): boolean => {
    try {
      const behind = recognised.behind(row);
      if (behind === undefined) return false;
      format = behind;
      read = rowReader(format, judging);
    } catch (fault) {
      if (!(fault instanceof BadRecord)) throw fault;
      read = () => {
        throw new BadRecord('MALFORMED_ROW', `the header in line ${row.line}: ${fault.message}`);
      };
    }
    return true;
  };

  function* readAll(rows: Iterable<Row>): Generator<ReadRow> {
    for (const row of rows) {
      const isFooter = !isJson && row.malformed === undefined && isSingle(row.cells);
      if (toSkip > 0) {
        toSkip--;
        yield { row, skipped: true };
      } else if (commentChar !== undefined && row.raw.startsWith(commentChar)) yield { row, skipped: true };
      else if (isFooter && row.raw.trim() === '') yield { row, skipped: true };
      else {
        const result = readOne(row);
        if (isFooter && 'fault' in result && held.length < longestFooter) {
          held.push(row);
          continue;
        }
        if (held.length > 0) yield* release();
        // A header can only be found among rows that cannot be read.
        yield 'fault' in result && readBehind(row) ? { row, skipped: true } : result;
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
