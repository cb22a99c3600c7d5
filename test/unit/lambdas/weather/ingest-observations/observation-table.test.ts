import { describe, expect, test } from '@jest/globals';
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

/** What the table says to each row: an observation, nothing, or an error. */
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

describe('observationTable', () => {
  test('reads the documented order when there is no header', () => {
    expect(readAll(row, row)).toEqual([expect.objectContaining(seoul), expect.objectContaining(seoul)]);
  });

  test('passes over the header', () => {
    expect(readAll(columns, row)).toEqual([undefined, expect.objectContaining(seoul)]);
  });

  test('reads columns in the order of the header, whatever its case, and ignores those it does not know', () => {
    const header = ['station', ...columns.toReversed().map((name) => ` ${name.toUpperCase()} `)];
    expect(readAll(header, ['7', ...row.toReversed()])).toEqual([undefined, expect.objectContaining(seoul)]);
  });

  test.each([
    ['no header', [row], undefined],
    ['a header in the documented order', [columns], undefined],
    ['a header in another order', [columns.toReversed()], '5,4,3,2,1,0'],
    ['a header that lacks a column', [columns.slice(0, 5)], '0,1,2,3,4,-1'],
    ['nothing read yet', [], undefined],
  ])('says where the columns are when they are elsewhere: %s', (_, rows, places) => {
    const table = observationTable();
    for (const cells of rows) table.read({ line: 1, raw: cells.join(), cells });
    expect(table.columns).toBe(places);
  });

  test('misses what the header lacks', () => {
    expect(readAll(columns.slice(0, 5), row.slice(0, 5))[1]).toMatch('Wind_Speed_kmh: found nothing');
  });

  test('misses what a short row lacks', () => {
    expect(readAll(columns, row.slice(0, 3))[1]).toMatch('Humidity_pct: found nothing');
  });

  test('does not read a row with a cell too many, which would be a decimal comma', () => {
    expect(readAll(columns, row.toSpliced(2, 1, '1', '5'))[1]).toMatch('found 7 cells, expected 6');
    expect(readAll(row.toSpliced(2, 1, '1', '5'))[0]).toMatch('found 7 cells, expected 6');
  });

  test('does not mind blank cells at the end', () => {
    expect(readAll(columns, [...row, '', ' '])[1]).toMatchObject(seoul);
  });

  test('takes a line of blanks for a blank line', () => {
    expect(readAll(['  '], columns, ['\t'], row)).toEqual([
      undefined,
      undefined,
      undefined,
      expect.objectContaining(seoul),
    ]);
  });
});
