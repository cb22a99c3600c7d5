import { describe, expect, test } from '@jest/globals';
import {
  advanceTo,
  isLate,
  type Progress,
  windowStart,
} from '../../../../../lambdas/weather/watch-weather/watermark.ts';

const rules = { windowMs: 60_000, delayMs: 120_000, jumpMs: 24 * 3_600_000 };
const noonMs = Date.UTC(2024, 6, 1, 12);
const yearS = 365 * 86_400;
const laterMs = noonMs + 10 * yearS * 1000;

/** Which of the readings, given in seconds after noon, are late, and how far the watermark's newest gets. */
function watch(seconds: readonly number[], receivedAtMs = (_: number) => laterMs) {
  const progress: Progress = { newestMs: Number.NEGATIVE_INFINITY, unconfirmedMs: null };
  const steps = seconds.map((second) => {
    const observedAtMs = noonMs + second * 1000;
    if (isLate(progress, windowStart(observedAtMs, rules.windowMs), rules)) return 'is late';
    return advanceTo(progress, { observedAtMs, receivedAtMs: receivedAtMs(observedAtMs) }, rules);
  });
  return { steps, newestS: (progress.newestMs - noonMs) / 1000 };
}

describe('a reading is late', () => {
  test.each([
    ['not when its window is still open, however old it is', [0, 179, 0], 'follows'],
    ['once the newest is the delay past the end of its window', [0, 180, 59], 'is late'],
    ['not by its own time', [0, 86_000], 'follows'],
    ['not when it is the first', [-yearS], 'follows'],
    ['in a backfill of what was before', [0, -30 * 86_400], 'is late'],
  ])('%s', (_, seconds, last) => {
    expect(watch(seconds).steps.at(-1)).toBe(last);
  });
});

describe('a wrong date', () => {
  test('years ahead makes nothing late, whether once or again and again between others', () => {
    const { steps, newestS } = watch([0, yearS, 10, 2 * yearS, 20, 30]);
    expect(steps).toEqual(['follows', 'is unconfirmed', 'follows', 'is unconfirmed', 'follows', 'follows']);
    expect(newestS).toBe(30);
  });

  test('ahead of the time at which Kafka got it moves the watermark to that time, and not beyond', () => {
    const atOnce = (observedAtMs: number) => Math.min(observedAtMs, noonMs + 60_000);
    const { steps, newestS } = watch([0, yearS, yearS + 1, 2, 3], atOnce);
    expect(steps).toEqual(['follows', 'follows', 'follows', 'follows', 'follows']);
    expect(newestS).toBe(60);
  });

  test('years back is late, and changes nothing', () => {
    expect(watch([0, -yearS, 1])).toEqual({ steps: ['follows', 'is late', 'follows'], newestS: 1 });
  });
});

test('after a gap of more than a day the second reading in a row confirms the jump', () => {
  const twoDaysS = 2 * 86_400;
  const { steps, newestS } = watch([0, twoDaysS, twoDaysS + 60, twoDaysS + 120, 0]);
  expect(steps).toEqual(['follows', 'is unconfirmed', 'resumes after a gap', 'follows', 'is late']);
  expect(newestS).toBe(twoDaysS + 120);
});

test('a record without a timestamp (-1) moves the watermark nowhere', () => {
  expect(watch([0, 10, 500, 0], (observedAtMs) => (observedAtMs > noonMs ? -1 : laterMs))).toEqual({
    steps: ['follows', 'follows', 'follows', 'follows'],
    newestS: 0,
  });
});

test.each([
  [0, 0],
  [59_999, 0],
  [60_000, 60_000],
  [-1, -60_000],
])('the window of %d ms starts at %d', (atMs, startMs) => {
  expect(windowStart(atMs, 60_000)).toBe(startMs);
});
