import type { Observation } from '../../shared/wire/observation.ts';
import { type Measure, measures, valueAt } from './measures.ts';

export interface AnomalyRules {
  /** Weight of a new reading in the mean and variance, once the warm-up is over. */
  readonly alpha: number;
  /** A reading is an anomaly when it is more than this many standard deviations from the mean. */
  readonly threshold: number;
  /** This many readings are only learned from, not scored. */
  readonly warmUpReadings: number;
}

/** Exponentially weighted means and variances of a series, one per measure, in the order of `measures`. */
export interface Baseline {
  /** How many readings it has seen since the last confirmed jump in time. */
  readings: number;
  /** How many of them lacked the measure, so that nothing was learned. */
  readonly missing: number[];
  readonly means: number[];
  readonly variances: number[];
}

export interface Anomaly {
  readonly measure: Measure;
  readonly value: number;
  /** The mean of the baseline. */
  readonly expected: number;
  /** The value at which a reading on this side of the mean becomes an anomaly. */
  readonly limit: number;
  /** Distance from the mean in standard deviations: positive above it, negative below it. */
  readonly deviations: number;
}

/** Learning limits a scored reading to this many standard deviations, so outliers do not become normal. */
const maxLearnedDeviations = 3;

export const newBaseline = (): Baseline => ({
  readings: 0,
  missing: measures.map(() => 0),
  means: measures.map(() => 0),
  variances: measures.map(() => 0),
});

/** Learns anew, as after a jump in time. */
export function restart(baseline: Baseline): void {
  baseline.readings = 0;
  baseline.missing.fill(0);
}

/**
 * Scores a reading against the readings before it, then learns from it.
 * Returns the measure that is furthest out, if it is beyond the threshold. Measures that were not taken are
 * neither scored nor learned.
 *
 * The method is an EWMA chart with Finch's incremental variance, made robust as by Gelper, Fried and Croux:
 * see ADR 7.
 */
export function scoreAndLearn(
  baseline: Baseline,
  observation: Observation,
  { alpha, threshold, warmUpReadings }: AnomalyRules,
): Anomaly | undefined {
  const { readings, missing, means, variances } = baseline;
  let furthest: Anomaly | undefined;

  for (let index = 0; index < measures.length; index++) {
    const measure = measures[index];
    if (!measure) continue;
    const value = valueAt(observation, index);
    const lacking = missing[index] ?? 0;
    if (value === null) {
      missing[index] = lacking + 1;
      continue;
    }
    const learned = Math.max(0, readings - lacking);
    const isWarm = learned >= warmUpReadings;
    // 1 / (n + 1) makes a plain mean of the first readings. With `alpha` alone, the initial 0 would fade
    // slowly.
    const weight = Math.max(alpha, 1 / (learned + 1));
    const mean = means[index] ?? 0;
    const variance = variances[index] ?? 0;
    let error = toScale(measure, value) - mean;
    if (isWarm) {
      const deviation = Math.max(Math.sqrt(variance), measure.minStandardDeviation);
      const deviations = error / deviation;
      if (Math.abs(deviations) > Math.max(threshold, Math.abs(furthest?.deviations ?? 0))) {
        const limit = mean + Math.sign(deviations) * threshold * deviation;
        furthest = {
          measure,
          value,
          expected: fromScale(measure, mean),
          limit: fromScale(measure, limit),
          deviations,
        };
      }
      const maxError = maxLearnedDeviations * deviation;
      error = Math.min(Math.max(error, -maxError), maxError);
    }
    means[index] = mean + weight * error;
    variances[index] = (1 - weight) * (variance + weight * error * error);
  }
  baseline.readings = readings + 1;
  return furthest;
}

const toScale = ({ scale }: Measure, value: number) => (scale === 'linear' ? value : Math.log1p(value));
const fromScale = ({ scale }: Measure, value: number) => (scale === 'linear' ? value : Math.expm1(value));
