import { expect, test } from '@jest/globals';
import { compare, holds } from '../../e2e/chaos/compare.ts';

test('what is there once each holds', () => {
  const comparison = compare('rows', ['a', 'b'], ['b', 'a']);
  expect(comparison).toEqual({ what: 'rows', expected: 2, lost: [], doubled: [], unexpected: [] });
  expect(holds(comparison)).toBe(true);
});

test.each([
  ['lost', ['a'], { lost: ['b'] }],
  ['doubled', ['a', 'b', 'b'], { doubled: ['b'] }],
  ['not expected', ['a', 'b', 'c'], { unexpected: ['c'] }],
])('a record that is %s is found', (_kind, found, difference) => {
  const comparison = compare('rows', ['a', 'b'], found);
  expect(comparison).toMatchObject(difference);
  expect(holds(comparison)).toBe(false);
});

test('a comparison of nothing with nothing shows nothing, and does not hold', () => {
  expect(holds(compare('rows', [], []))).toBe(false);
});
