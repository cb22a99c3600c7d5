import { expect, test } from '@jest/globals';
import { createLagClock } from '../../../../localstack/kafka-poller/lag-clock.ts';

/** The lag in seconds after each step: `[second, end, committed]`. */
function lags(...steps: readonly (readonly [number, number, number])[]): number[] {
  const clock = createLagClock();
  return steps.map(([second, end, from]) => clock.lagSeconds('t-0', { end, from, nowMs: second * 1_000 }));
}

test('a group that keeps up has no lag in seconds', () => {
  expect(lags([0, 5, 5], [1, 9, 9], [2, 9, 9])).toEqual([0, 0, 0]);
});

test('the lag of a stopped group grows with time, from when its first waiting record came', () => {
  expect(lags([0, 5, 5], [1, 6, 5], [2, 6, 5], [60, 900, 5])).toEqual([0, 0, 1, 59]);
});

test('a group that works off its backlog is as far behind as its oldest waiting record', () => {
  expect(lags([0, 0, 0], [10, 100, 0], [20, 200, 0], [30, 200, 50], [40, 200, 100], [41, 200, 200])).toEqual([
    0, 0, 10, 20, 20, 0,
  ]);
});

test('partitions are told apart', () => {
  const clock = createLagClock();
  clock.lagSeconds('t-0', { end: 5, from: 0, nowMs: 0 });
  expect(clock.lagSeconds('t-1', { end: 5, from: 0, nowMs: 9_000 })).toBe(0);
  expect(clock.lagSeconds('t-0', { end: 5, from: 0, nowMs: 9_000 })).toBe(9);
});

test('a backlog of days keeps its age, within bounded memory', () => {
  const clock = createLagClock();
  for (let second = 0; second <= 10_000; second++)
    clock.lagSeconds('t-0', { end: second + 1, from: 0, nowMs: second * 1_000 });
  expect(clock.lagSeconds('t-0', { end: 10_001, from: 0, nowMs: 10_000_000 })).toBe(10_000);
});
