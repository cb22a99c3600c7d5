import { BadRecord } from '../../shared/failures/failures.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { isMeasure } from './header.ts';
import { offerTimeFormat, offerUnit } from './offered-format.ts';
import type { ReadRow } from './read-rows.ts';
import { fieldTexts } from './row-reader.ts';
import { knownUnits } from './units.ts';

/** Fewer rows say nothing of a file. */
const leastRows = 20;
const refusedShare = 0.99;

/**
 * Refuses a file whose first rows nearly all fail for one cause: its format is another, and an error for each
 * of its rows would only hide that.
 *
 * @param hasFormat a format file says how to read it, so that another one would be no remedy
 * @throws BadRecord (FORMAT_MISMATCH) with the cause and the remedy
 */
export function judgeSample(results: readonly ReadRow[], hasFormat: boolean): void {
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
      `${example.fault.message}. Nothing of the file was sent. ${remedyFor(cause)}${hasFormat ? '' : offerFor(cause, alike)}`,
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

type Faulty = Extract<ReadRow, { readonly fault: BadRecord }>;

/** Enough rows to guess a pattern by. */
const guessedBy = 50;

/** A format file that would make the rows readable, if it can be guessed. */
function offerFor(cause: string, alike: readonly Faulty[]): string {
  const [type = '', field = ''] = cause.split(' ');
  const name = observationFields.find((each) => each === field);
  if (name === 'Date_Time') {
    const texts = alike
      .slice(0, guessedBy)
      .map(({ row, format }) => fieldTexts(row, format)[1]?.trim() ?? '');
    return offerTimeFormat(texts.filter((text) => text !== ''));
  }
  return type === 'RANGE_ERROR' && name !== undefined && isMeasure(name)
    ? offerUnit(name, knownUnits(name).slice(1))
    : '';
}
