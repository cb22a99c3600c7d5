import { BadRecord } from '../../shared/failures/failures.ts';
import type { ReadRow } from './read-rows.ts';

/** Fewer rows say nothing of a file. */
const leastRows = 20;
const refusedShare = 0.99;

/**
 * Refuses a file whose first rows nearly all fail for one cause: its format is another, and an error for each
 * of its rows would only hide that.
 *
 * @throws BadRecord (FORMAT_MISMATCH) with the cause and the remedy
 */
export function judgeSample(results: readonly ReadRow[]): void {
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
      `${example.fault.message}. Nothing of the file was sent. ${remedyFor(cause)}`,
  );
}

/** The type of a fault and its field: `DATE_ERROR Date_Time`. */
function causeOf({ errorType, message }: BadRecord): string {
  return `${errorType} ${/^(\w+): found/.exec(message)?.[1] ?? ''}`.trim();
}

function remedyFor(cause: string): string {
  const [type = '', field = ''] = cause.split(' ');
  if (field === 'Date_Time')
    return 'Write times as YYYY-MM-DD HH:MM:SS in UTC, or as ISO 8601 with an offset, and drop the file again.';
  if (type === 'RANGE_ERROR')
    return `If the unit is another, name it in the header, such as "Temperature (°F)", and drop the file again.`;
  return 'Correct the file and drop it again.';
}
