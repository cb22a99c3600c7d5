import { expect, test } from '@jest/globals';
import { compare, holds } from '../../e2e/chaos/compare.ts';

test('a comparison holds when each expected record is found once', () => {
  const comparison = compare('rows', ['a', 'b'], ['b', 'a']);
  expect(comparison).toEqual({ what: 'rows', expected: 2, lost: [], duplicated: [], unexpected: [] });
  expect(holds(comparison)).toBe(true);
});

test.each([
  ['lost', ['a'], { lost: ['b'] }],
  ['duplicated', ['a', 'b', 'b'], { duplicated: ['b'] }],
  ['unexpected', ['a', 'b', 'c'], { unexpected: ['c'] }],
])('a comparison names each %s record', (_kind, found, difference) => {
  const comparison = compare('rows', ['a', 'b'], found);
  expect(comparison).toMatchObject(difference);
  expect(holds(comparison)).toBe(false);
});

test('a comparison without expected records does not hold', () => {
  expect(holds(compare('rows', [], []))).toBe(false);
});
