import { expect, test } from '@jest/globals';
import { type Column, renderRecords, renderTable } from '../../../../localstack/terminal/table.ts';
import { columns } from '../../../../localstack/terminal/text.ts';

const head: Column[] = [{ title: 'city' }, { title: 'rows', align: 'right' }, { title: 'state' }];
const rows = [
  ['서울특별시 강남구 테헤란로', '12', 'landed'],
  ['Reykjavík', '1,204', ''],
];
const plain = { width: 80, colour: false };

test('a table aligns Korean text, and puts numbers to the right', () => {
  expect(renderTable(head, rows, plain)).toEqual([
    'city                         rows  state',
    '─────────────────────────────────────────',
    '서울특별시 강남구 테헤란로     12  landed',
    'Reykjavík                   1,204',
  ]);
});

test('a table that is too wide narrows its widest column first', () => {
  expect(renderTable(head, rows, { ...plain, width: 30 })).toEqual([
    'city             rows  state',
    '─────────────────────────────',
    '서울특별시 강…     12  landed',
    'Reykjavík       1,204',
  ]);
});

test.each([1, 3, 10, 20, 40])('no line of a table is wider than a terminal of %i columns', (width) => {
  for (const line of renderTable(head, rows, { width, colour: true }))
    expect(columns(line)).toBeLessThanOrEqual(width);
});

test('a table without colour has no escape codes, and one with colour says the same', () => {
  const coloured = renderTable(head, rows, { ...plain, colour: true }).join('\n');
  expect(renderTable(head, rows, plain).join('\n')).not.toContain('\u001b');
  expect(coloured).toContain('\u001b[2mcity');
});

test('a coloured cell takes the width of its text', () => {
  const [, , line] = renderTable(head, [['\u001b[31mSeoul\u001b[39m', '1', 'x']], plain);
  expect(line).toBe('\u001b[31mSeoul\u001b[39m     1  x');
});

test('a table of no columns is empty', () => {
  expect(renderTable([], [], plain)).toEqual([]);
});

test('records become a table with their keys as titles and empty cells for null', () => {
  const records = [
    { location: '부산', mean: '21.0', note: 'hot' },
    { location: 'Seoul', mean: null, note: null },
  ];
  expect(renderRecords(records, plain)).toEqual([
    'location  mean  note',
    '────────────────────',
    '부산      21.0  hot',
    'Seoul',
  ]);
});

test('a table of objects has a column for each key, although the first object lacks some', () => {
  expect(renderRecords([{ age: '1h' }, { age: 'any', recall: 0.5 }], plain)).toEqual([
    'age  recall',
    '───────────',
    '1h',
    'any     0.5',
  ]);
});
