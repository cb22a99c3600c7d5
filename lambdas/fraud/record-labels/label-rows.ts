import { BadRecord } from '../../shared/failures/failures.ts';
import { tokenizeCsv } from '../../shared/incoming/csv.ts';
import {
  type JsonTokenizer,
  tokenizeJsonArray,
  tokenizeJsonLines,
} from '../../shared/incoming/json-values.ts';
import { csvLabels, type Label, labelFromWire, parseJson } from './label.ts';

/** A row of a file, and the label in it. */
export interface LabelRow {
  /** Increases from row to row of a file. */
  readonly row: number;
  /** The place of the row for a reader, such as "line 3". */
  readonly where: string;
  readonly raw: string;
  readonly rawBytes?: number | undefined;
  readonly read: Label | BadRecord;
}

interface LabelRows {
  push(chunk: Buffer): Iterable<LabelRow>;
  end(): Iterable<LabelRow>;
}

/** Returns the reader for a file with this start: a JSON array, JSON lines, or else CSV. */
export function labelRows(start: Buffer): LabelRows {
  const first = /^\ufeff?\s*([[{]?)/.exec(start.toString('utf8', 0, 1024))?.[1];
  if (first === '[') return jsonRows(tokenizeJsonArray(), 'element');
  return first === '{' ? jsonRows(tokenizeJsonLines(), 'line') : csvRows();
}

function jsonRows(tokenizer: JsonTokenizer, unit: string): LabelRows {
  function* rowsOf(values: ReturnType<JsonTokenizer['push']>): Generator<LabelRow> {
    for (const { row, raw, malformed } of values) {
      const read = attempt(() => {
        if (malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${malformed}`);
        return labelFromWire(parseJson(raw.replace('\ufeff', '')));
      });
      yield { row, where: `${unit} ${row}`, raw, read };
    }
  }
  return { push: (chunk) => rowsOf(tokenizer.push(chunk)), end: () => rowsOf(tokenizer.end()) };
}

function csvRows(): LabelRows {
  const tokenizer = tokenizeCsv();
  const label = csvLabels();
  function* rowsOf(records: ReturnType<typeof tokenizer.push>): Generator<LabelRow> {
    for (const record of records) {
      const { line, raw, rawBytes } = record;
      const read = attempt(() => label(record));
      if (read) yield { row: line, where: `line ${line}`, raw, rawBytes, read };
    }
  }
  return { push: (chunk) => rowsOf(tokenizer.push(chunk)), end: () => rowsOf(tokenizer.end()) };
}

function attempt<T>(read: () => T): T | BadRecord {
  try {
    return read();
  } catch (error) {
    if (error instanceof BadRecord) return error;
    throw error;
  }
}
