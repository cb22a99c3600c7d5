import { table } from 'table';
import type { View } from './screen.ts';
import { columns, cut, oneLine, painter } from './text.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** No column becomes narrower than two characters and an ellipsis. */
const leastColumns = 3;
const gap = 2;

/**
 * A table as lines: the titles, a rule, one line for each row. When the rows are too wide for the view, the
 * widest columns become narrower and their cells are cut. A cell is one line of text; it may hold colour
 * codes.
 */
export function renderTable(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  { width, colour }: View,
): string[] {
  if (head.length === 0) return [];
  const all = [head.map(({ title }) => title), ...rows];
  const widths = head.map((_, place) => Math.max(...all.map((row) => columns(row[place] ?? ''))));
  const widest = widestThatFits(widths, width - gap * (head.length - 1));
  const text = table(
    all.map((row) => row.map((cell) => cut(cell, widest))),
    {
      columns: head.map(({ align = 'left' }, place) => ({
        alignment: align,
        paddingLeft: place === 0 ? 0 : gap,
        paddingRight: 0,
      })),
      border: { joinBody: '─' },
      drawVerticalLine: () => false,
      drawHorizontalLine: (line) => line === 1,
    },
  );
  const paint = painter(colour);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => cut(line.trimEnd(), width))
    .map((line, place) => (place < 2 ? paint('dim', line) : line));
}

const numberText = /^-?\d+(\.\d+)?$/;

/**
 * A table of objects, with a column for each key of any of them. A column of numbers is right-aligned; null,
 * undefined and a missing key are empty cells.
 */
export function renderRecords(records: readonly Readonly<Record<string, unknown>>[], view: View): string[] {
  const titles = [...new Set(records.flatMap(Object.keys))];
  const rows = records.map((record) => titles.map((title) => oneLine(String(record[title] ?? ''))));
  const head = titles.map((title, place): Column => {
    const isNumeric = rows.every((row) => row[place] === '' || numberText.test(row[place] ?? ''));
    return { title, align: isNumeric ? 'right' : 'left' };
  });
  return renderTable(head, rows, view);
}

/** The greatest width of a column at which all columns together fit into `room`. */
function widestThatFits(widths: readonly number[], room: number): number {
  let widest = Math.max(...widths);
  const total = () => widths.reduce((sum, each) => sum + Math.min(each, widest), 0);
  while (widest > leastColumns && total() > room) widest--;
  return widest;
}
