import { expect, test } from '@jest/globals';
import { renderJson, renderResult, renderSummary } from '../../../../bin/athena/render-result.ts';
import type { Result } from '../../../../localstack/athena/run-query.ts';

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

test('a result is a table with numbers to the right, one line for each row, and an empty cell for NULL', () => {
  expect(renderResult(result, { width: 80, colour: false })).toEqual([
    'city                                n  hot',
    '────────────────────────────────────────────',
    'Seoul                              12  true',
    'San Francisco, "CA"                    false',
    '                     9007199254740993',
  ]);
});

test('a value in a result cannot control the terminal', () => {
  const rows = [['\u001b[2J\tSeoul', '1', 'true']];
  expect(renderResult({ ...result, rows }, { width: 80, colour: false })[2]).toBe('\ufffd[2J Seoul  1  true');
});

test('JSON has numbers where JavaScript represents them exactly', () => {
  expect(renderJson(result).map((line) => JSON.parse(line))).toEqual([
    { city: 'Seoul', n: 12, hot: true },
    { city: 'San\nFrancisco, "CA"', n: null, hot: false },
    { city: '', n: '9007199254740993', hot: null },
  ]);
});

test('the summary of a query has its rows, scanned bytes and duration', () => {
  expect(renderSummary(result)).toBe('3 rows · 1.2 MB scanned · 0.4 s');
  expect(renderSummary({ ...result, rows: [['x']], scannedBytes: 17 })).toBe(
    '1 row · 17 bytes scanned · 0.4 s',
  );
});
