import { expect, test } from '@jest/globals';
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

/** Runs readings, given in seconds after noon, and returns what each did and the newest event time. */
function watch(seconds: readonly number[], receivedAtMs = (_: number) => laterMs) {
  const progress: Progress = { newestMs: Number.NEGATIVE_INFINITY, unconfirmedMs: null };
  const steps = seconds.map((second) => {
    const observedAtMs = noonMs + second * 1000;
    if (isLate(progress, windowStart(observedAtMs, rules.windowMs), rules)) return 'late';
    return advanceTo(progress, { observedAtMs, receivedAtMs: receivedAtMs(observedAtMs) }, rules);
  });
  return { steps, newestS: (progress.newestMs - noonMs) / 1000 };
}

test.each([
  ['is on time while its window is open, however old it is', [0, 179, 0], 'continues'],
  ['is late once the newest reading is the delay past the end of its window', [0, 180, 59], 'late'],
  ['is not made late by its own event time', [0, 86_000], 'continues'],
  ['is on time when it is the first', [-yearS], 'continues'],
  ['is late in a backfill of earlier data', [0, -30 * 86_400], 'late'],
])('a reading %s', (_, seconds, last) => {
  expect(watch(seconds).steps.at(-1)).toBe(last);
});

test('wrong dates years ahead, between correct ones, make no reading late', () => {
  const { steps, newestS } = watch([0, yearS, 10, 2 * yearS, 20, 30]);
  expect(steps).toEqual([
    'continues',
    'unconfirmed jump',
    'continues',
    'unconfirmed jump',
    'continues',
    'continues',
  ]);
  expect(newestS).toBe(30);
});

test('a reading dated after Kafka received it advances the watermark to the time of receipt only', () => {
  const atOnce = (observedAtMs: number) => Math.min(observedAtMs, noonMs + 60_000);
  const { steps, newestS } = watch([0, yearS, yearS + 1, 2, 3], atOnce);
  expect(steps).toEqual(['continues', 'continues', 'continues', 'continues', 'continues']);
  expect(newestS).toBe(60);
});

test('a reading dated years back is late and does not change the watermark', () => {
  expect(watch([0, -yearS, 1])).toEqual({ steps: ['continues', 'late', 'continues'], newestS: 1 });
});

test('after more than a day without readings, a second reading in a row confirms the jump', () => {
  const twoDaysS = 2 * 86_400;
  const { steps, newestS } = watch([0, twoDaysS, twoDaysS + 60, twoDaysS + 120, 0]);
  expect(steps).toEqual(['continues', 'unconfirmed jump', 'confirmed jump', 'continues', 'late']);
  expect(newestS).toBe(twoDaysS + 120);
});

test('a record without a timestamp (-1) does not advance the watermark', () => {
  expect(watch([0, 10, 500, 0], (observedAtMs) => (observedAtMs > noonMs ? -1 : laterMs))).toEqual({
    steps: ['continues', 'continues', 'continues', 'continues'],
    newestS: 0,
  });
});

test.each([
  [0, 0],
  [59_999, 0],
  [60_000, 60_000],
  [-1, -60_000],
])('the 60 s window of %d ms starts at %d ms', (atMs, startMs) => {
  expect(windowStart(atMs, 60_000)).toBe(startMs);
});
