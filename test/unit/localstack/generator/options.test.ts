import { describe, expect, test } from '@jest/globals';
import { readCommand } from '../../../../localstack/generator/options.ts';

describe('the command line', () => {
  test('options that are not given leave the settings of a resumed run unchanged', () => {
    expect(readCommand(['observations'], '/here')).toMatchObject({
      mode: 'files',
      asked: {},
      intervalMs: 5000,
      restart: false,
    });
  });

  test('the options of files mode are read', () => {
    const args =
      '--rows 10 --error-rate 0.5 --row-interval 1.5 --start 2024-01-31 --seed 7 --interval 0 --files 3 --to out';
    expect(readCommand(['observations', ...args.split(' ')], '/here')).toEqual({
      mode: 'files',
      asked: {
        rowsPerFile: 10,
        errorRate: 0.5,
        rowIntervalS: 1.5,
        start: '2024-01-31T00:00:00.000Z',
        seed: 7,
      },
      folder: '/here/out',
      intervalMs: 0,
      limit: 3,
      checkpoint: undefined,
      restart: false,
    });
  });

  test('the options of stress mode are read, and it lasts ten seconds by default', () => {
    expect(readCommand(['observations', '--rate', '500'], '/here')).toMatchObject({
      mode: 'stress',
      rate: 500,
      topic: 'weather-data',
      count: Number.POSITIVE_INFINITY,
      seconds: 10,
      allowRemote: false,
    });
    expect(readCommand(['observations', '--rate', '5', '--count', '9'], '/here')).toMatchObject({
      count: 9,
      seconds: Number.POSITIVE_INFINITY,
    });
  });

  test.each([
    ['', 'expected `observations` or `transactions`'],
    ['weather', 'expected `observations` or `transactions`, found `weather`'],
    ['observations --rows 0', '--rows 0: expected a whole number from 1 to 1000000'],
    ['observations --rows 1.5', '--rows 1.5: expected a whole number'],
    ['observations --rows ten', '--rows ten: expected a whole number'],
    ['observations --error-rate 2', '--error-rate 2: expected a number from 0 to 1'],
    ['observations --start 2024-02-30', '--start 2024-02-30: expected a date'],
    ['observations --start soon', '--start soon: expected a date'],
    ['observations --seed=-1', '--seed -1: expected a whole number'],
    ['observations --topic x', '--topic is for stress mode: add --rate'],
    ['observations --rate 1 --input x', '--input is for files: remove --rate'],
    ['observations --speed 1', "Unknown option '--speed'"],
  ])('the command line `%s` is refused: %s', (args, reason) => {
    expect(() => readCommand(args.split(' ').filter(Boolean), '/here')).toThrow(reason);
  });
});
