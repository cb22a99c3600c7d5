import { expect, test } from '@jest/globals';
import { isDay } from '../../../../../localstack/console/views/workflows.ts';

test('only days that exist are run', () => {
  for (const day of ['2024-01-01', '2024-02-29']) expect([day, isDay(day)]).toEqual([day, true]);
  for (const day of [
    '2024-02-30',
    '2023-02-29',
    '2024-13-01',
    '2024-1-1',
    '',
    '2024-01-01T00:00',
    '20240101',
  ])
    expect([day, isDay(day)]).toEqual([day, false]);
});
