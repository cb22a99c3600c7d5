import { expect, test } from '@jest/globals';
import { readTransactionsCommand } from '../../../../localstack/generator/transaction-options.ts';

const nowMs = Date.UTC(2026, 0, 1);
const read = (args: string) => readTransactionsCommand(args.split(' '), { folder: '/here', nowMs });

test('the options for files are read', () => {
  expect(
    read('--to out --count 10 --seed 7 --start 2024-01-31 --accounts 20 --fraud-share 0.1 --drift-at +3d'),
  ).toEqual({
    mode: 'files',
    historyDays: 20,
    count: 10,
    folder: '/here/out',
    stream: {
      seed: 7,
      startMs: Date.UTC(2024, 0, 31),
      accounts: 20,
      perDay: 160,
      fraudShare: 0.1,
      driftAtMs: Date.UTC(2024, 1, 3),
    },
  });
});

test('the options for the API are read', () => {
  expect(
    read(
      '--rate 5 --seconds 60 --api http://127.0.0.1:1/x/ --truth truth.csv --labels-after 1.5m --drift-at +12h',
    ),
  ).toEqual({
    mode: 'calls',
    historyDays: 20,
    count: Number.POSITIVE_INFINITY,
    rate: 5,
    seconds: 60,
    apiUrl: 'http://127.0.0.1:1/x/',
    truthFile: '/here/truth.csv',
    labelsAfterMs: 90_000,
    stream: {
      seed: nowMs >>> 0,
      startMs: nowMs,
      accounts: 150,
      perDay: 1_200,
      fraudShare: 0.03,
      driftAtMs: nowMs + 12 * 3_600_000,
    },
  });
});

test.each([
  ['--to out --truth t.csv', '--truth is for the API: add --rate'],
  ['--to out --rate 5', '--to is for files: remove --rate'],
  ['--rate 5 --labels-after soon', '--labels-after soon: expected a time such as 30s, 1m or 2h'],
  ['--count 5', 'expected --to FOLDER to write files, or --rate N to call the API'],
  ['--to out --drift-at tomorrow', '--drift-at tomorrow: expected a date'],
  ['--to out --fraud-share 0.9', '--fraud-share 0.9: expected a number from 0.001 to 0.5'],
])('the command line `%s` is refused', (args, message) => {
  expect(() => read(args)).toThrow(message);
});
