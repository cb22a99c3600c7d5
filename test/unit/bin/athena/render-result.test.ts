import { expect, test } from '@jest/globals';
import type { Result } from '../../../../bin/athena/query.ts';
import { renderCsv, renderJson, renderSummary, renderTable } from '../../../../bin/athena/render-result.ts';

const result: Result = {
  columns: [
    { name: 'city', type: 'varchar' },
    { name: 'n', type: 'bigint' },
    { name: 'hot', type: 'boolean' },
  ],
  rows: [
    ['Seoul', '12', 'true'],
    ['San\nFrancisco, "CA"', null, 'false'],
    ['', '9007199254740993', null],
  ],
  scannedBytes: 1_234_567,
  tookMs: 420,
  outputLocation: 's3://bucket/results/1.csv',
};

test('a table has numbers to the right, one line a row, and nothing for NULL', () => {
  expect(renderTable(result, 80)).toEqual([
    'city                                n  hot',
    '───────────────────  ────────────────  ─────',
    'Seoul                              12  true',
    'San Francisco, "CA"                    false',
    '                     9007199254740993',
  ]);
});

test('a line is never longer than the terminal', () => {
  for (const width of [20, 30, 60]) {
    const longest = Math.max(...renderTable(result, width).map((line) => line.length));
    expect(longest).toBeLessThanOrEqual(width);
  }
});

test('CSV tells NULL from an empty text', () => {
  expect(renderCsv(result)).toEqual([
    'city,n,hot',
    'Seoul,12,true',
    '"San\nFrancisco, ""CA""",,false',
    '"",9007199254740993,',
  ]);
});

test('JSON has numbers where they are exact', () => {
  expect(renderJson(result).map((line) => JSON.parse(line))).toEqual([
    { city: 'Seoul', n: 12, hot: true },
    { city: 'San\nFrancisco, "CA"', n: null, hot: false },
    { city: '', n: '9007199254740993', hot: null },
  ]);
});

test('the summary says what was read and how long it took', () => {
  expect(renderSummary(result)).toBe('3 rows · 1.2 MB scanned · 0.4 s');
  expect(renderSummary({ ...result, rows: [['x']], scannedBytes: 17 })).toBe(
    '1 row · 17 bytes scanned · 0.4 s',
  );
});
