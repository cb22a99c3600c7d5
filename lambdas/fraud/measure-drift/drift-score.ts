import { maxJensenShannonDistance } from './distances.ts';
import type { FeatureDrift } from './sample-drift.ts';

/**
 * The drift of one feature, from 0 (no change) to 1 (nothing in common with the reference). It is the
 * Jensen–Shannon distance with logarithms to the base 2: the only bounded figure of the three, and a metric.
 */
export const driftScore = ({ jensenShannon }: FeatureDrift): number =>
  Math.min(1, jensenShannon / maxJensenShannonDistance);

/**
 * The drift of all features together, from 0 to 1: the root mean square of their scores. A square is a
 * divergence in bits, and bits may be averaged. If one of 12 features has changed completely, this gives
 * 0.29, where the mean would give 0.08. Without features it is 0.
 */
export const overallDriftScore = (scores: readonly number[]): number =>
  scores.length === 0 ? 0 : Math.sqrt(scores.reduce((sum, score) => sum + score ** 2, 0) / scores.length);

const hourMs = 3_600_000;

/** Features that repeat with the calendar, and their period. */
const cyclesMs: ReadonlyMap<string, number> = new Map([
  ['hour_of_day', 24 * hourMs],
  ['day_of_week', 7 * 24 * hourMs],
]);

/**
 * A window shorter than a feature's period always differs from the reference, since it holds part of the
 * cycle only.
 */
export const coversCycle = (feature: string, windowMs: number): boolean =>
  (cyclesMs.get(feature) ?? 0) <= windowMs;
