import { expect, test } from '@jest/globals';
import {
  formatAgo,
  formatBytes,
  formatDifference,
  formatRate,
  formatTime,
  formatUnit,
  plural,
} from '../../../../../localstack/console/page/format.ts';

test('a slow rate has a decimal, so that it does not look like none', () => {
  expect([0, 0.25, 9.96, 12.3, 12_345].map(formatRate)).toEqual([
    '0/s',
    '0.3/s',
    '10.0/s',
    '12/s',
    '12,345/s',
  ]);
});

test('a difference has its sign', () => {
  expect([-1_200, 3].map(formatDifference)).toEqual(['−1,200', '+3']);
});

test('a moment is said in UTC, and by the largest unit that has passed', () => {
  expect(formatTime(Date.UTC(2024, 6, 1, 12, 0, 5))).toBe('2024-07-01 12:00:05');
  const ago = [0, 999, 1_000, 59_999, 60_000, 3_600_000, 172_800_000, -5_000];
  expect(ago.map((passed) => formatAgo(0, passed))).toEqual([
    ...['just now', 'just now', '1 s ago', '59 s ago'],
    ...['1 min ago', '1 h ago', '2 d ago', 'just now'],
  ]);
});

test('sizes and counts have their unit', () => {
  expect([0.4, 999, 1_500, 2_500_000, 7e12].map(formatBytes)).toEqual([
    ...['0 bytes', '999 bytes', '1.5 kB', '2.5 MB', '7000.0 GB'],
  ]);
  expect([plural(1, 'file'), plural(1_000, 'file'), plural(2, 'is', 'are')]).toEqual([
    ...['1 file', '1,000 files', '2 are'],
  ]);
});

test('a value of a chart has its unit', () => {
  const values: [number, string, string][] = [
    [0.256, 'percentunit', '25.6 %'],
    [12.5, 'ms', '12.5 ms'],
    [1_500, 'Bps', '1.5 kB/s'],
    [12_345, 'short', '12.35K'],
    [0.5, 'rps', '0.5/s'],
    [0, 'dateTimeAsIso', '1970-01-01 00:00:00'],
  ];
  for (const [value, unit, text] of values) expect(formatUnit(value, unit)).toBe(text);
});
