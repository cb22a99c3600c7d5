import type { Observation } from '../../shared/wire/observation.ts';
import { measures, valueAt } from './measures.ts';

/**
 * Statistics of the values of a measure. `m2` is the sum of squared distances from the mean. Chan's formula
 * merges two of them into one.
 */
export interface Moments {
  /** Values: readings that have the measure. */
  count: number;
  mean: number;
  m2: number;
  min: number;
  max: number;
}

/** The readings that a batch adds to one window of one location. */
export interface WeatherWindow {
  readonly location: string;
  readonly startMs: number;
  /** Readings, whatever they measured. */
  count: number;
  lateCount: number;
  anomalyCount: number;
  /** One per measure, in the order of `measures`. */
  readonly moments: readonly Moments[];
}

export const emptyWindow = (location: string, startMs: number): WeatherWindow => ({
  location,
  startMs,
  count: 0,
  lateCount: 0,
  anomalyCount: 0,
  moments: measures.map(() => ({
    count: 0,
    mean: 0,
    m2: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  })),
});

/** Updates the moments by Welford's algorithm, which needs no list of the values. */
export function addReading(
  window: WeatherWindow,
  observation: Observation,
  { late, anomalous }: { late: boolean; anomalous: boolean },
): void {
  window.count++;
  if (late) window.lateCount++;
  if (anomalous) window.anomalyCount++;
  for (let index = 0; index < measures.length; index++) {
    const moments = window.moments[index];
    const value = valueAt(observation, index);
    if (!moments || value === null) continue;
    moments.count++;
    const distance = value - moments.mean;
    moments.mean += distance / moments.count;
    moments.m2 += distance * (value - moments.mean);
    if (value < moments.min) moments.min = value;
    if (value > moments.max) moments.max = value;
  }
}
