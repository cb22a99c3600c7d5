import { maxJensenShannonDistance } from './distances.ts';
import type { FeatureDrift } from './sample-drift.ts';

/**
 * The drift of one feature from 0, no change, to 1, nothing in common with the reference: its Jensen–Shannon distance, by
 * logarithms to the base 2. Of the three figures it is the one with a limit, and it is a metric.
 */
export const driftScore = ({ jensenShannon }: FeatureDrift): number =>
  Math.min(1, jensenShannon / maxJensenShannonDistance);

/**
 * The drift of all features together, 0 to 1: the root of the mean of the squares. The squares are divergences, in bits, so that
 * this is what one record tells on average, a feature at a time, of whether it comes from the reference. One of 12
 * features that has changed wholly makes 0.29, where their mean would be 0.08; 0 without features.
 */
export const overallDriftScore = (scores: readonly number[]): number =>
  scores.length === 0 ? 0 : Math.sqrt(scores.reduce((sum, score) => sum + score ** 2, 0) / scores.length);

const hourMs = 3_600_000;

/** Features that turn with the calendar, and how long a turn takes. */
const cyclesMs: ReadonlyMap<string, number> = new Map([
  ['hour_of_day', 24 * hourMs],
  ['day_of_week', 7 * 24 * hourMs],
]);

/** A window that is shorter than a feature's cycle holds a part of it only, and differs from the reference whatever happens. */
export const isWhole = (feature: string, windowMs: number): boolean =>
  (cyclesMs.get(feature) ?? 0) <= windowMs;
