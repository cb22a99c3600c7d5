import { expect, test } from '@jest/globals';
import { chunksOf } from '../../../../../lambdas/shared/aws/chunks.ts';

test.each([
  [[], []],
  [[1], [[1]]],
  [[1, 2], [[1, 2]]],
  [
    [1, 2, 3],
    [[1, 2], [3]],
  ],
])('%j is cut into chunks of at most two: %j', (items, chunks) => {
  expect(chunksOf(items, 2)).toEqual(chunks);
});
