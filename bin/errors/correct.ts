import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { plausible } from '../../lambdas/shared/wire/limits.ts';
import { measureFields, measures } from '../../lambdas/shared/wire/measures.ts';
import {
  encodeObservation,
  type Observation,
  observationFields,
  observationFromRow,
  observationFromWire,
} from '../../lambdas/shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../lambdas/shared/wire/scored-transaction.ts';
import { decodeFormat, fieldTexts, rowOf } from '../../lambdas/weather/ingest-observations/row-format.ts';
import type { ErrorRow } from './errors-table.ts';
import type { Correction } from './options.ts';

/** The text to send instead of a raw row. @throws BadRecord, as the consumers do, when it is still invalid */
export function correctedText(
  { topic, rawRow, columns }: Pick<ErrorRow, 'topic' | 'rawRow' | 'columns'>,
  correction: Correction,
): string {
  if (topic !== topics.transactions.name) return encodeObservation(correct({ rawRow, columns }, correction));
  if (!('row' in correction))
    throw new Error(
      'The fields of a scored transaction cannot be corrected: replace the whole row with --row',
    );
  scoredTransactionFromWire(jsonObject(correction.row));
  return correction.row;
}

/**
 * A raw row with this correction, as an observation.
 * @throws BadRecord, as ingest does, when it is still invalid
 */
export function correct(
  { rawRow, columns }: Pick<ErrorRow, 'rawRow' | 'columns'>,
  correction: Correction,
): Observation {
  if ('row' in correction) return observationOf(correction.row);
  for (const name of Object.keys(correction.fields)) {
    if (!observationFields.some((field) => field === name))
      throw new Error(`Unknown field ${name}: use ${observationFields.join(', ')}`);
  }
  const cells = cellsOf(rawRow ?? '', columns);
  return observationFromRow(
    observationFields.map((name, place) => correction.fields[name] ?? cells[place]),
    { ...judging(), optional: notTaken(columns === null ? jsonObject(rawRow ?? '') : undefined) },
  );
}

/** The measures that a message says were not taken. */
const notTaken = (message: Record<string, unknown> = {}) =>
  new Set(measureFields.filter((field) => message[measures[field].name] === null));

/** The observation in a row: JSON, or CSV as in a file. */
function observationOf(row: string): Observation {
  const message = jsonObject(row);
  return message
    ? observationFromWire(message, judging())
    : observationFromRow(cellsOf(row, null), judging());
}

/** The observation in a valid message, which can be sent again without a correction. */
export function observationOfMessage(text: string): Observation {
  return observationFromWire(jsonObject(text), judging());
}

const judging = () => ({ limits: plausible, receivedAtMs: Date.now() });

/**
 * The cells of a row in the documented order of fields. `columns` is the format of a file that has another.
 */
function cellsOf(row: string, columns: string | null): (string | undefined)[] {
  const format = decodeFormat(columns);
  if (columns !== null) return fieldTexts(rowOf(row, format), format);
  const message = jsonObject(row);
  if (message)
    return observationFields.map((name) => {
      const value = message[name];
      return value === undefined || value === null ? undefined : String(value);
    });
  return fieldTexts(rowOf(row, format), format);
}

export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
