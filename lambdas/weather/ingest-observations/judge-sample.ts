import { BadRecord } from '../../shared/failures/failures.ts';
import { isMeasure } from './header.ts';
import type { ReadRow } from './read-rows.ts';
import type { RowFormat } from './row-format.ts';

/** Fewer rows say nothing of a file. */
const leastRows = 20;
const refusedShare = 0.99;

/**
 * Refuses a file whose first rows nearly all fail for one cause: its format is another, and an error for each
 * of its rows would only hide that.
 *
 * @throws BadRecord (FORMAT_MISMATCH) with the cause and the remedy
 */
export function judgeSample(results: readonly ReadRow[], format: RowFormat): void {
  const judged = results.filter((result) => !('skipped' in result));
  const faults = judged.flatMap((result) => ('fault' in result ? [result] : []));
  const causes = Map.groupBy(faults, ({ fault }) => causeOf(fault));
  const [cause, alike] = [...causes].sort(([, a], [, b]) => b.length - a.length)[0] ?? ['', []];
  if (alike.length < leastRows || alike.length < refusedShare * judged.length) return;
  const [example] = alike;
  if (example === undefined) return;
  throw new BadRecord(
    'FORMAT_MISMATCH',
    `found ${alike.length} of the first ${judged.length} rows with one fault, as in line ${example.row.line}: ` +
      `${example.fault.message}. Nothing of the file was sent. ${remedyFor(cause, format)}`,
  );
}

/** The type of a fault and its field: `DATE_ERROR Date_Time`. */
function causeOf({ errorType, message }: BadRecord): string {
  return `${errorType} ${/^(\w+): found/.exec(message)?.[1] ?? ''}`.trim();
}

function remedyFor(cause: string, { fields }: RowFormat): string {
  const [type = '', field = ''] = cause.split(' ');
  const withFormat = (lacking: object) =>
    `Put this beside the file as _format.json, correct it, and redrive this error: ${JSON.stringify(lacking)}`;
  if (field === 'Date_Time')
    return withFormat({
      fields: [{ name: 'Date_Time', from: fields.Date_Time.from, format: '%d/%m/%Y %H:%M' }],
      timezone: 'UTC',
    });
  if (type === 'RANGE_ERROR') return withFormat({ fields: [{ name: field, unit: '?' }] });
  if (type === 'MISSING_FIELD' && field !== 'Location' && isMeasure(field as Parameters<typeof isMeasure>[0]))
    return withFormat({ required: ['Location', 'Date_Time'] });
  return 'Correct the file and drop it again under the same name.';
}
