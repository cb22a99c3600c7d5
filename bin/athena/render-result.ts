import type { Result } from '../../localstack/athena/run-query.ts';
import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { oneLine } from '../../localstack/terminal/text.ts';

const numeric = /^(tinyint|smallint|integer|bigint|real|double|decimal)$/;

/** A table for a terminal: numbers to the right, NULL as an empty cell. */
export function renderResult({ columns, rows }: Pick<Result, 'columns' | 'rows'>, view: View): string[] {
  const head = columns.map(({ name, type }): Column => {
    return { title: oneLine(name), align: numeric.test(type) ? 'right' : 'left' };
  });
  const cells = rows.map((row) => columns.map((_, place) => oneLine(row[place] ?? '')));
  return renderTable(head, cells, view);
}

/** A line of JSON for each row. Booleans, and numbers that JavaScript represents exactly, keep their type. */
export function renderJson({ columns, rows }: Pick<Result, 'columns' | 'rows'>): string[] {
  const value = (text: string | null | undefined, type: string) => {
    if (text === null || text === undefined) return null;
    if (type === 'boolean') return text === 'true';
    const number = Number(text);
    const exact =
      numeric.test(type) && Number.isFinite(number) && (type !== 'bigint' || Number.isSafeInteger(number));
    return exact && type !== 'decimal' ? number : text;
  };
  return rows.map((row) =>
    JSON.stringify(
      Object.fromEntries(columns.map(({ name, type }, index) => [name, value(row[index], type)])),
    ),
  );
}

const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];

/** `3 rows · 1.2 MB scanned · 0.4 s` */
export function renderSummary({ rows, scannedBytes, tookMs }: Result): string {
  let [amount, unit] = [scannedBytes, 0];
  while (amount >= 1000 && unit < units.length - 1) [amount, unit] = [amount / 1000, unit + 1];
  const scanned = `${unit === 0 ? amount : amount.toFixed(1)} ${units[unit]}`;
  return `${rows.length} row${rows.length === 1 ? '' : 's'} · ${scanned} scanned · ${(tookMs / 1000).toFixed(1)} s`;
}
