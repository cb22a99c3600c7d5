import { BadRecord } from '../../lambdas/shared/failures/failures.ts';
import { faultyFields } from '../../lambdas/shared/failures/fields.ts';
import { topicOf } from '../../lambdas/shared/kafka/topic-generations.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { type MeasureField, measureFields, measures } from '../../lambdas/shared/wire/measures.ts';
import {
  encodeObservation,
  type Judging,
  type Observation,
  observationFields,
  observationFromRow,
  observationFromWire,
} from '../../lambdas/shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../lambdas/shared/wire/scored-transaction.ts';
import { decodeFormat } from '../../lambdas/weather/ingest-observations/row-format.ts';
import { fieldTexts, judgingBy, rowOf } from '../../lambdas/weather/ingest-observations/row-reader.ts';
import type { ErrorRow } from './errors-table.ts';
import type { Correction } from './selection.ts';

/** The row to send in place of the one that failed. */
export interface Corrected {
  readonly text: string;
  /** The fields that are still wrong. None: it can be sent. */
  readonly fields: readonly string[];
  /** Everything that is still wrong. */
  readonly fault?: string;
}

type Row = Pick<ErrorRow, 'topic' | 'rawRow' | 'columns' | 'corrected'>;
type Cells = Omit<Row, 'topic'>;

/**
 * Corrects a row, starting from an earlier correction if there is one. A row that is still wrong keeps what
 * was corrected: later corrections add to it.
 *
 * @throws Error when the row has no fields to correct, BadRecord when the text given for it is no valid row
 */
export function correctRow(row: Row, correction: Correction, limits: Limits): Corrected {
  if (isTransaction(row)) return correctTransaction(correction);
  if ('row' in correction) return valid(observationOf(correction.row, limits));
  if (row.rawRow === null && row.corrected === null)
    throw new Error('The error is of a whole file: correct the file and drop it again');
  const cells = fieldCells(row);
  return judged(
    observationFields.map((name, place) => correction.fields[name] ?? cells[place]),
    judgingOf(row, judging(limits)),
  );
}

/** Whether an error is of a scored transaction. */
export const isTransaction = ({ topic }: Pick<Row, 'topic'>): boolean =>
  topic !== null && topicOf(topic) === topics.transactions.name;

/** The texts of a row's fields in the documented order, as corrected so far; undefined for an absent one. */
export function fieldCells({ rawRow, columns, corrected }: Cells): (string | undefined)[] {
  const row = corrected ?? rawRow ?? '';
  const format = decodeFormat(corrected === null ? columns : null);
  const message = messageOf({ rawRow, columns, corrected });
  if (message)
    return observationFields.map((name) => {
      const value = message[name];
      if (value === undefined || value === null) return undefined;
      // JSON may hold anything, also an object that cannot become a text.
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    });
  return fieldTexts(rowOf(row, format), format);
}

/** A row that is a message, not one of a file. */
const messageOf = ({ rawRow, columns, corrected }: Cells): Record<string, unknown> | undefined =>
  corrected === null && columns !== null ? undefined : jsonObject(corrected ?? rawRow ?? '');

/** A row of a file may lack what its format says, a message the measures that it says were not taken. */
const judgingOf = (row: Cells, by: Judging): Judging =>
  row.corrected === null && row.columns !== null
    ? judgingBy(decodeFormat(row.columns), by)
    : { ...by, optional: notTaken(row) };

/** The measures that a message says were not taken. */
function notTaken(row: Cells): ReadonlySet<MeasureField> {
  const message = messageOf(row);
  return new Set(measureFields.filter((field) => message?.[measures[field].name] === null));
}

function correctTransaction(correction: Correction): Corrected {
  if (!('row' in correction))
    throw new Error(
      'The fields of a scored transaction cannot be corrected: replace the whole row with --row',
    );
  scoredTransactionFromWire(jsonObject(correction.row));
  return { text: correction.row, fields: [] };
}

const valid = (observation: Observation): Corrected => ({
  text: encodeObservation(observation),
  fields: [],
});

/** A row that is wrong is kept as a message with the texts of its fields. */
function judged(cells: readonly (string | undefined)[], by: Judging): Corrected {
  try {
    return valid(observationFromRow(cells, by));
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    const notTaken = measureFields.flatMap((field) =>
      by.optional?.has(field) ? [[measures[field].name, null]] : [],
    );
    const texts = observationFields.flatMap((name, place) =>
      cells[place] === undefined ? [] : [[name, cells[place]]],
    );
    const message: Record<string, string | null> = Object.fromEntries([...notTaken, ...texts]);
    return {
      text: JSON.stringify(message),
      fields: faultyFields(error.message),
      fault: error.message,
    };
  }
}

/** The observation in a row: JSON, or CSV as in a file. */
function observationOf(row: string, limits: Limits): Observation {
  const message = jsonObject(row);
  return message
    ? observationFromWire(message, judging(limits))
    : observationFromRow(fieldCells({ rawRow: row, columns: null, corrected: null }), judging(limits));
}

/**
 * The observation to send for an error: the corrected row, or a raw row that is a valid message.
 *
 * @throws BadRecord with all that is wrong with the corrected row
 */
export function observationOfError(
  { rawRow, corrected }: Pick<Row, 'rawRow' | 'corrected'>,
  limits: Limits,
): Observation {
  if (corrected === null) return observationFromWire(jsonObject(rawRow ?? ''), judging(limits));
  const row = { rawRow, columns: null, corrected };
  return observationFromRow(fieldCells(row), { ...judging(limits), optional: notTaken(row) });
}

const judging = (limits: Limits) => ({ limits, receivedAtMs: Date.now() });

export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
