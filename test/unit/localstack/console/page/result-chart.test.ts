import { expect, test } from '@jest/globals';
import { chartOf } from '../../../../../localstack/console/page/result-chart.ts';

const column = (name: string, type: string) => ({ name, type });

test('times and numbers make a line for each text, in order of time', () => {
  const columns = [column('city', 'varchar'), column('day', 'date'), column('mean', 'double')];
  const rows = [
    ['Seoul', '2024-01-02', '3'],
    ['Busan', '2024-01-01', '5'],
    ['Seoul', '2024-01-01', '1'],
    ['Busan', '2024-01-02', null],
  ];
  expect(chartOf({ columns, rows })).toEqual({
    kind: 'line',
    title: 'mean by day',
    atMs: [Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 2)],
    curves: [
      { label: 'Seoul', colour: '--series-1', values: [1, 3] },
      { label: 'Busan', colour: '--series-3', values: [5, null] },
    ],
  });
});

test('a timestamp of Athena is in UTC', () => {
  const columns = [column('at', 'timestamp'), column('n', 'bigint')];
  const rows = [
    ['2024-01-01 00:00:00.000', '1'],
    ['2024-01-01 01:00:00.000', '2'],
  ];
  expect(chartOf({ columns, rows })).toMatchObject({ atMs: [Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 1, 1)] });
});

test('texts and numbers make bars', () => {
  const columns = [column('type', 'varchar'), column('n', 'bigint')];
  const rows = [
    ['a', '2'],
    ['b', null],
    ['c', '1'],
  ];
  expect(chartOf({ columns, rows })).toEqual({
    kind: 'bars',
    title: 'n by type',
    bars: [
      { label: 'a', value: 2 },
      { label: 'c', value: 1 },
    ],
  });
});

test('a result without numbers, or of one row, has no chart', () => {
  expect(chartOf({ columns: [column('a', 'varchar')], rows: [['x'], ['y']] })).toBeUndefined();
  expect(
    chartOf({ columns: [column('a', 'varchar'), column('n', 'bigint')], rows: [['x', '1']] }),
  ).toBeUndefined();
});
