import { expect, test } from '@jest/globals';
import { findDueDays } from '../../../../../lambdas/daily/find-due-days/find-due-days.ts';

const limits = { correctedForDays: 7, correctionsPerNight: 3 };
const startedAtMs = Date.parse('2024-03-02T00:15:00Z');

test('a night runs yesterday, and then the days to correct', async () => {
  const daysToCorrect = async () => ['2024-02-26', '2024-02-28'];
  expect(await findDueDays(startedAtMs, limits, { daysToCorrect })).toEqual([
    '2024-03-01',
    '2024-02-26',
    '2024-02-28',
  ]);
});

test('a night corrects at most so many days, from so many days before yesterday', async () => {
  const asked: unknown[] = [];
  const daysToCorrect = async (...given: unknown[]) => {
    asked.push(given);
    return [];
  };
  expect(await findDueDays(startedAtMs, limits, { daysToCorrect })).toEqual(['2024-03-01']);
  expect(asked).toEqual([['2024-02-23', '2024-02-29', 3]]);
});
