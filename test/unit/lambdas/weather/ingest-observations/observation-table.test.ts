import { expect, test } from '@jest/globals';
import { observationTable } from '../../../../../lambdas/weather/ingest-observations/observation-table.ts';

const columns = [
  'Location',
  'Date_Time',
  'Temperature_C',
  'Humidity_pct',
  'Precipitation_mm',
  'Wind_Speed_kmh',
];
const row = ['Seoul', '2024-01-01 00:00:01', '1', '2', '3', '4'];
const seoul = { location: 'Seoul', temperatureC: 1, humidityPct: 2, precipitationMm: 3, windSpeedKmh: 4 };

/** Reads each row: the result is an observation, nothing, or an error. */
function readAll(...rows: string[][]) {
  const table = observationTable();
  return rows.map((cells, index) => {
    try {
      return table.read({ line: index + 1, raw: cells.join(), cells });
    } catch (error) {
      return String(error);
    }
  });
}

test('a file without a header has the documented order', () => {
  expect(readAll(row, row)).toEqual([expect.objectContaining(seoul), expect.objectContaining(seoul)]);
});

test('the header is no observation', () => {
  expect(readAll(columns, row)).toEqual([undefined, expect.objectContaining(seoul)]);
});

test('the header gives the order of the columns, in any case, and unknown columns are ignored', () => {
  const header = ['station', ...columns.toReversed().map((name) => ` ${name.toUpperCase()} `)];
  expect(readAll(header, ['7', ...row.toReversed()])).toEqual([undefined, expect.objectContaining(seoul)]);
});

test.each([
  ['no header', [row], undefined],
  ['a header in the documented order', [columns], undefined],
  ['a header in another order', [columns.toReversed()], '5,4,3,2,1,0'],
  ['a header that lacks a column', [columns.slice(0, 5)], '0,1,2,3,4,-1'],
  ['nothing read yet', [], undefined],
])('the order of the columns is reported unless it is the documented one: %s', (_, rows, columnOrder) => {
  const table = observationTable();
  for (const cells of rows) table.read({ line: 1, raw: cells.join(), cells });
  expect(table.columns).toBe(columnOrder);
});

test('a column that the header lacks is missing in every row', () => {
  expect(readAll(columns.slice(0, 5), row.slice(0, 5))[1]).toMatch('Wind_Speed_kmh: found nothing');
});

test('a cell that a short row lacks is missing', () => {
  expect(readAll(columns, row.slice(0, 3))[1]).toMatch('Humidity_pct: found nothing');
});

test('a row with an extra cell, such as a decimal comma makes, is refused', () => {
  expect(readAll(columns, row.toSpliced(2, 1, '1', '5'))[1]).toMatch('found 7 cells, expected 6');
  expect(readAll(row.toSpliced(2, 1, '1', '5'))[0]).toMatch('found 7 cells, expected 6');
});

test('blank cells at the end of a row are ignored', () => {
  expect(readAll(columns, [...row, '', ' '])[1]).toMatchObject(seoul);
});

test('a line of white space is a blank line', () => {
  expect(readAll(['  '], columns, ['\t'], row)).toEqual([
    undefined,
    undefined,
    undefined,
    expect.objectContaining(seoul),
  ]);
});
