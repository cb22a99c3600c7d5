import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import { corrupt, type Fault, faultAt } from './faults.ts';
import type { Row, RowSource } from './rows.ts';

/** Number of rows of a file, and of rows with each fault. */
export type Truth = Readonly<Record<Fault, number>> & { readonly rows: number };

export const invalidRows = ({ missingField, corruptNumber, corruptDate }: Truth): number =>
  missingField + corruptNumber + corruptDate;

export interface ObservationsFile {
  readonly name: string;
  readonly content: Buffer;
  readonly truth: Truth;
  /** Position of the run after this file. */
  readonly next: Position;
}

/** Numbers of the next file and row, from 0. */
export interface Position {
  readonly file: number;
  readonly row: number;
}

export interface FilesProps {
  readonly source: RowSource;
  readonly seed: number;
  readonly rowsPerFile: number;
  /** Share of rows with a fault, 0 to 1. */
  readonly errorRate: number;
  readonly from?: Position;
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const csvLine = (row: Row): string => row.map(cell).join(',');

const fileName = (seed: number, file: number): string =>
  `observations-${(seed >>> 0).toString(16).padStart(8, '0')}-${String(file).padStart(8, '0')}.csv`;

/**
 * Writes the rows of a source as files. Name and bytes of a file depend on the properties and its position
 * only. A file made again after a crash is therefore the same, and a reader that knows files by name and
 * content takes it once.
 */
export async function* observationsFiles(props: FilesProps): AsyncGenerator<ObservationsFile> {
  const { source, seed, rowsPerFile, errorRate, from = { file: 0, row: 0 } } = props;
  let { file, row: index } = from;
  let lines: string[] = [];
  let faults: Fault[] = [];

  const complete = (): ObservationsFile => {
    const count = (kind: Fault) => faults.filter((fault) => fault === kind).length;
    const completed: ObservationsFile = {
      name: fileName(seed, file),
      content: Buffer.from(`${[observationFields.join(','), ...lines].join('\n')}\n`),
      truth: {
        rows: lines.length,
        missingField: count('missingField'),
        corruptNumber: count('corruptNumber'),
        corruptDate: count('corruptDate'),
      },
      next: { file: file + 1, row: index },
    };
    file += 1;
    lines = [];
    faults = [];
    return completed;
  };

  for await (const row of source(index)) {
    const fault = faultAt(index, { seed, errorRate });
    lines.push(csvLine(fault ? corrupt(row, fault, { index, seed }) : row));
    if (fault) faults.push(fault);
    index += 1;
    if (lines.length === rowsPerFile) yield complete();
  }
  if (lines.length > 0) yield complete();
}
