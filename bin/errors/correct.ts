import { tokenizeCsv } from '../../lambdas/shared/incoming/csv.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import {
  encodeObservation,
  type Observation,
  observationFields,
  observationFromRow,
  observationFromWire,
} from '../../lambdas/shared/wire/observation.ts';
import { scoredTransactionFromWire } from '../../lambdas/shared/wire/scored-transaction.ts';
import type { ErrorRow } from './errors-table.ts';
import type { Correction } from './options.ts';

/** The text to send instead of a raw row. Throws BadRecord, as the consumers do, with what is still wrong. */
export function correctedText(
  { topic, rawRow, columns }: Pick<ErrorRow, 'topic' | 'rawRow' | 'columns'>,
  correction: Correction,
): string {
  if (topic !== topics.transactions.name) return encodeObservation(correct({ rawRow, columns }, correction));
  if (!('row' in correction)) throw new Error('A scored transaction has to be given anew: use --row');
  scoredTransactionFromWire(jsonObject(correction.row));
  return correction.row;
}

/** The observation that a raw row becomes with this correction. Throws BadRecord, as ingest does, with what is still wrong. */
export function correct(
  { rawRow, columns }: Pick<ErrorRow, 'rawRow' | 'columns'>,
  correction: Correction,
): Observation {
  if ('row' in correction) return observationOf(correction.row);
  for (const name of Object.keys(correction.fields)) {
    if (!observationFields.some((field) => field === name))
      throw new Error(`There is no field ${name}: choose from ${observationFields.join(', ')}`);
  }
  const cells = cellsOf(rawRow ?? '', columns);
  return observationFromRow(observationFields.map((name, place) => correction.fields[name] ?? cells[place]));
}

/** The observation that a row holds as it is, be it a message or a row of a file. */
function observationOf(row: string): Observation {
  const message = jsonObject(row);
  return message ? observationFromWire(message) : observationFromRow(cellsOf(row));
}

/** A raw row that is valid as a message can be sent again without a correction: trouble was elsewhere. */
export function observationOfMessage(text: string): Observation {
  return observationFromWire(jsonObject(text));
}

/** The cells of a row in the documented order of fields. `columns` says where they are in a file that has another. */
function cellsOf(row: string, columns: string | null = null): (string | undefined)[] {
  const message = jsonObject(row);
  if (message)
    return observationFields.map((name) => {
      const value = message[name];
      return value === undefined || value === null ? undefined : String(value);
    });
  const tokenizer = tokenizeCsv();
  const [record] = [...tokenizer.push(Buffer.from(row)), ...tokenizer.end()];
  const cells = record?.cells ?? [];
  return columns === null ? [...cells] : columns.split(',').map((place) => cells[Number(place)]);
}

export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
