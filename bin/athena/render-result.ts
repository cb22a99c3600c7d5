import type { Result } from './query.ts';

const numeric = /^(tinyint|smallint|integer|bigint|real|double|decimal)$/;
const ellipsis = '…';

/** A table for a terminal: numbers to the right, NULL as nothing, no line longer than `width`. */
export function renderTable({ columns, rows }: Pick<Result, 'columns' | 'rows'>, width: number): string[] {
  if (columns.length === 0) return [];
  const cells = rows.map((row) => columns.map((_column, index) => oneLine(row[index] ?? '')));
  const widths = narrowed(
    columns.map(({ name }, index) => Math.max(name.length, ...cells.map((row) => row[index]?.length ?? 0))),
    width,
  );
  const line = (texts: readonly string[]) =>
    texts
      .map((text, index) => {
        const size = widths[index] ?? 0;
        const cut = text.length > size ? `${text.slice(0, size - 1)}${ellipsis}` : text;
        return numeric.test(columns[index]?.type ?? '') ? cut.padStart(size) : cut.padEnd(size);
      })
      .join('  ')
      .trimEnd();
  return [
    line(columns.map(({ name }) => name)),
    widths.map((size) => '─'.repeat(size)).join('  '),
    ...cells.map(line),
  ];
}

const oneLine = (text: string) => text.replace(/\s*[\r\n]\s*/g, ' ');

/** The widest columns give way first. */
function narrowed(wanted: readonly number[], width: number): number[] {
  const room = Math.max(width - 2 * (wanted.length - 1), wanted.length);
  const sizes = [...wanted];
  const total = () => sizes.reduce((sum, size) => sum + size, 0);
  while (total() > room) {
    const widest = sizes.indexOf(Math.max(...sizes));
    const size = sizes[widest] ?? 0;
    if (size <= 3) break;
    sizes[widest] = Math.max(3, size - (total() - room), Math.floor(size * 0.9));
  }
  return sizes;
}

/** RFC 4180, NULL as nothing. */
export function renderCsv({ columns, rows }: Pick<Result, 'columns' | 'rows'>): string[] {
  const cell = (text: string | null) =>
    text === null ? '' : /[",\r\n]/.test(text) || text === '' ? `"${text.replaceAll('"', '""')}"` : text;
  return [columns.map(({ name }) => cell(name)).join(','), ...rows.map((row) => row.map(cell).join(','))];
}

/** One object a row; numbers that JavaScript holds exactly and truth values as what they are. */
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
