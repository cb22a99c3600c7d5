import { BadRecord } from '../../shared/failures/failures.ts';
import { missingField, objectOf, parseId, parseTime, show, wrongType } from '../../shared/failures/fields.ts';
import type { CsvRecord } from '../../shared/incoming/csv.ts';

/** The truth about a transaction. */
export interface Label {
  readonly transactionId: string;
  readonly isFraud: boolean;
  /** When the truth became known; undefined when the file does not say. */
  readonly labelledAtMs: number | undefined;
}

/** The order of the columns in a file without a header. The last one may be missing. */
const fields = ['transactionId', 'isFraud', 'labelledAt'] as const;

/** Makes `transaction_id`, `Transaction ID` and `transactionId` the same name. */
const normalise = (name: string) => name.toLowerCase().replaceAll(/[\s_-]/g, '');
const knownNames = fields.map(normalise);

/**
 * Reads a label from the parsed JSON of a row, and ignores unknown names.
 * @throws BadRecord that names the first wrong field
 */
export function labelFromWire(value: unknown): Label {
  const wire = objectOf('label', value);
  const named = new Map(Object.entries(wire).map(([name, each]) => [normalise(name), each]));
  return parseLabel(knownNames.map((name) => named.get(name)));
}

/** Returns a function that turns the records of one CSV file, in their order, into labels. */
export function csvLabels() {
  let places: number[] | undefined;

  /** Undefined for the header and for blank lines. @throws BadRecord for a record that is no label */
  return ({ cells, malformed }: CsvRecord): Label | undefined => {
    if (malformed !== undefined) throw new BadRecord('MALFORMED_ROW', `found ${malformed}`);
    if (cells.every((cell) => cell.trim() === '')) return undefined;
    if (!places) {
      const names = cells.map(normalise);
      const isHeader = names.some((name) => knownNames.includes(name));
      places = knownNames.map((name, place) => (isHeader ? names.indexOf(name) : place));
      if (isHeader) return undefined;
    }
    return parseLabel(places.map((place) => cells[place]?.trim()));
  };
}

function parseLabel([transactionId, isFraud, labelledAt]: readonly unknown[]): Label {
  const isDated = labelledAt !== undefined && labelledAt !== null && labelledAt !== '';
  return {
    transactionId: parseId('transactionId', transactionId),
    isFraud: parseIsFraud(isFraud),
    labelledAtMs: isDated ? parseTime('labelledAt', labelledAt) : undefined,
  };
}

const verdicts = new Map<unknown, boolean>([
  ...['true', '1', 'fraud'].map((word) => [word, true] as const),
  ...['false', '0', 'legitimate'].map((word) => [word, false] as const),
]);

function parseIsFraud(value: unknown): boolean {
  if (value === undefined || value === null || value === '') throw missingField('isFraud');
  // An object or array is no verdict, whatever text it would become.
  const verdict = typeof value === 'object' ? undefined : verdicts.get(String(value).toLowerCase());
  if (verdict === undefined) throw wrongType('isFraud', value, 'true or false, 1 or 0, fraud or legitimate');
  return verdict;
}

/** @throws BadRecord for text that is not JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BadRecord('MALFORMED_ROW', `found ${show(text)}, expected JSON`, { cause });
  }
}
