import { observationFields } from '../../shared/wire/observation.ts';
import { isMeasure } from './header.ts';
import type { Row, RowFormat } from './row-format.ts';

/** A file has one decimal character. It can be a comma only where commas do not separate cells. */
export function decimalCharOf(rows: readonly Row[], { delimiter, fields }: RowFormat): '.' | ',' {
  if (delimiter === ',') return '.';
  const measures = observationFields.filter(isMeasure).map((field) => fields[field].from);
  const cells = rows.flatMap((row) =>
    measures.map((from) => (typeof from === 'number' ? (row.cells[from] ?? '') : '')),
  );
  const commas = cells.filter((cell) => /^\s*[+-]?\d*,\d+\s*$/.test(cell)).length;
  const points = cells.filter((cell) => /^\s*[+-]?\d*\.\d+\s*$/.test(cell)).length;
  return commas > points ? ',' : '.';
}
