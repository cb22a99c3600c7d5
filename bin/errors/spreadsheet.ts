import { createHash } from 'node:crypto';
import { isoTime, wireTime } from '../../lambdas/shared/wire/date-time.ts';
import { measureFields, measures } from '../../lambdas/shared/wire/measures.ts';
import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import { fieldCells } from '../../localstack/errors/correct.ts';
import type { ErrorRow } from '../../localstack/errors/errors-table.ts';
import type { Separator } from './options.ts';

/** The columns of an exported error. `check` tells at the import whether the error was changed meanwhile. */
export const sheetColumns = ['id', 'file', 'line', 'type', 'reason', ...observationFields, 'check'] as const;

const byteOrderMark = '\ufeff';

/** With the mark, spreadsheets read UTF-8. */
export const sheetHeader = (separator: Separator): string =>
  `${byteOrderMark}${sheetColumns.join(separator)}\r\n`;

/** One line of an export. With semicolons, numbers have decimal commas, as some countries write them. */
export function sheetLine(row: ErrorRow, separator: Separator): string {
  const { id, fileName, line, type, reason } = row;
  const fields = sheetCells(row).map((cell, place) =>
    separator === ';' && measureNames.has(observationFields[place] ?? '') && isNumber(cell)
      ? cell.replace('.', ',')
      : guarded(cell),
  );
  const cells = [
    String(id),
    guarded(fileName ?? ''),
    line === null ? '' : String(line),
    guarded(type),
    guarded(reason),
    ...fields,
    checkOf(row),
  ];
  return `${cells.map((cell) => quoted(cell, separator)).join(separator)}\r\n`;
}

/**
 * The texts of a row's fields, as a spreadsheet shows them and gives them back. It takes
 * `2024-01-01 00:00:01` for a time,
 * and saves it in the format of its place, without seconds. It leaves `2024-01-01T00:00:01Z`.
 */
export function sheetCells(row: Pick<ErrorRow, 'rawRow' | 'columns' | 'corrected'>): string[] {
  return fieldCells(row).map((cell = '', place) => {
    const text = cell.replaceAll('\0', '\ufffd').trim();
    const ms = observationFields[place] === 'Date_Time' ? wireTime(text) : undefined;
    return ms === undefined || Number.isNaN(ms) ? text : new Date(ms).toISOString().replace('.000Z', 'Z');
  });
}

const letters = 'abcdefghijklmnop';

/** A hash of the row as it is now, of letters alone: a spreadsheet would change what looks like a number. */
export function checkOf(row: Pick<ErrorRow, 'rawRow' | 'columns' | 'corrected'>): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(sheetCells(row)))
    .digest('hex')
    .slice(0, 8);
  return hash.replace(/./g, (digit) => letters[Number.parseInt(digit, 16)] ?? '');
}

const isNumber = (text: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text);

/**
 * A spreadsheet runs a cell that begins like a formula. An apostrophe before it makes it a text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const guarded = (text: string): string => (/^['=+\-@\t\r]/.test(text) && !isNumber(text) ? `'${text}` : text);

/** Takes the apostrophe of `guarded` off again, also when the spreadsheet has hidden or dropped it. */
export const unguarded = (text: string): string => (/^'['=+\-@\t\r]/.test(text) ? text.slice(1) : text);

const quoted = (text: string, separator: Separator): string =>
  text.includes(separator) || /["\r\n\t]|^ | $/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** Whether a cell still says what was exported, however the spreadsheet has written it. */
export function isUnchanged(exported: string, cell: string, place: number): boolean {
  if (exported === cell) return true;
  const isMeasure = measureNames.has(observationFields[place] ?? '');
  if (isMeasure && isNumber(exported) && isNumber(cell)) return Number(exported) === Number(cell);
  if (observationFields[place] !== 'Date_Time') return false;
  const [before, after] = [isoTime(exported), isoTime(cell)];
  return before !== undefined && before === after;
}

/** A cell as a person meant it: a measure with a decimal point. */
export function meantBy(column: string, cell: string, delimiter: string): string {
  const isMeasure = measureNames.has(column) && delimiter !== ',';
  return isMeasure && /^[+-]?\d*,\d+$/.test(cell) ? cell.replace(',', '.') : cell;
}

const measureNames = new Set<string>(measureFields.map((field) => measures[field].name));

/** Whether a spreadsheet has replaced characters that its encoding lacks by question marks. */
export const hasLostCharacters = (exported: string, cell: string): boolean =>
  exported !== cell &&
  exported.length === cell.length &&
  [...cell].every((char, at) => char === exported[at] || (char === '?' && exported.charCodeAt(at) > 0x7f));
