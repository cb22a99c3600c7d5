import type { Result } from './run-query.ts';

/** CSV as in RFC 4180, with an empty cell for NULL. */
export function renderCsv({ columns, rows }: Pick<Result, 'columns' | 'rows'>): string[] {
  const cell = (text: string | null) =>
    text === null ? '' : /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
  return [columns.map(({ name }) => cell(name)).join(','), ...rows.map((row) => row.map(cell).join(','))];
}
