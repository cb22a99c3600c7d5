import { expect, test } from '@jest/globals';
import { backoffSeconds } from '../../../../../lambdas/shared/retry/backoff.ts';

const limits = { firstDelaySeconds: 10, maxDelaySeconds: 60 };

test.each([
  [1, 0, 10],
  [2, 0, 20],
  [3, 0, 40],
  [4, 0, 60],
  [40, 0, 60],
  [1, 0.999, 6],
  [3, 0.5, 30],
])('attempt %d waits, with a random number of %d, %d s', (attempt, random, seconds) => {
  expect(backoffSeconds(attempt, limits, random)).toBe(seconds);
});
