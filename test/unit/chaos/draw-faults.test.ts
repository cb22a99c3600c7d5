import { expect, test } from '@jest/globals';
import { drawFaults, kinds } from '../../e2e/chaos/draw-faults.ts';
import { faults } from '../../e2e/chaos/faults.ts';

const draw = (seed: number, least: number, count = least) =>
  drawFaults(faults, { seed, least }).take(count).toArray();

test.each([1, 2, 3, 4, 5])('six faults drawn with seed %i cover the first six kinds', (seed) => {
  expect(new Set(draw(seed, 6).map(({ kind }) => kind))).toEqual(new Set(kinds.slice(0, 6)));
});

test.each([1, 2, 3, 4, 5])('twenty faults drawn with seed %i cover every kind without repetition', (seed) => {
  const drawn = draw(seed, 20);
  expect(new Set(drawn.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(new Set(drawn).size).toBe(20);
});

test('a draw of twice the number of faults has each fault once in each half', () => {
  const drawn = draw(7, faults.length, 2 * faults.length);
  expect(new Set(drawn.slice(0, faults.length))).toEqual(new Set(faults));
  expect(new Set(drawn.slice(faults.length))).toEqual(new Set(faults));
});

test('equal seeds draw equal faults, and different seeds draw different faults', () => {
  const names = (seed: number) => draw(seed, 20).map(({ name }) => name);
  expect(names(1)).toEqual(names(1));
  expect(names(2)).not.toEqual(names(1));
});
