import { expect, test } from '@jest/globals';
import { openHistory } from '../../../../../localstack/console/views/history.ts';
import { reading } from './reading.ts';

const at = (atMs: number, rowsLanded: number) => ({ atMs, reading: reading({ counts: { rowsLanded } }) });

test('the rate of a stage is the mean of the last five seconds', () => {
  const history = openHistory();
  expect(history.add(at(0, 0))).toBeUndefined();
  expect(history.add(at(1_000, 10))?.land).toBe(10);
  history.add(at(2_000, 10));
  expect(history.add(at(10_000, 90))?.land).toBe(10);
  expect(history.add(at(16_000, 90))?.land).toBe(0);
});

test('the chart gets a point for each reading but the first, and no negative rate after a reset', () => {
  const history = openHistory();
  for (const [second, landed] of [0, 10, 30, 5].entries()) history.add(at(second * 1_000, landed));
  expect(history.rates()).toMatchObject({ atMs: [1_000, 2_000, 3_000], landed: [10, 20, 0] });
});

test('only the last minutes are kept', () => {
  const history = openHistory();
  for (let second = 0; second < 1_000; second++) history.add(at(second * 1_000, second));
  expect(history.rates().atMs.length).toBeLessThan(300);
  expect(history.rates().atMs.at(-1)).toBe(999_000);
});
