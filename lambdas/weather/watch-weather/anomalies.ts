import type { Observation } from '../../shared/wire/observation.ts';
import { type Measure, measures } from './measures.ts';

export interface AnomalyRules {
  /** The weight of the newest reading, once the series is known. */
  readonly alpha: number;
  /** Standard deviations from the expected value. */
  readonly threshold: number;
  /** Readings that are learned from before any is judged. */
  readonly warmUpReadings: number;
}

/** What a location's recent readings were like: exponentially weighted mean and variance, in the order of `measures`. */
export interface Baseline {
  /** Learned from, since the last gap. */
  readings: number;
  readonly means: number[];
  readonly variances: number[];
}

export interface Anomaly {
  readonly measure: Measure;
  readonly value: number;
  readonly expected: number;
  /** The value at which it would have become one. */
  readonly limit: number;
  /** Standard deviations from the expected value, with their sign. */
  readonly deviations: number;
}

/** What is judged counts for no more than this many standard deviations in what is learned, so that outliers do not become normal. */
const learnedDeviations = 3;

export const newBaseline = (): Baseline => ({
  readings: 0,
  means: measures.map(() => 0),
  variances: measures.map(() => 0),
});

/**
 * Judges a reading by those before it, then learns from it, and returns what is strangest about it.
 * An EWMA chart with Finch's incremental variance, cleaned of outliers as by Gelper, Fried and Croux: see ADR 7.
 */
export function judgeAndLearn(
  baseline: Baseline,
  observation: Observation,
  { alpha, threshold, warmUpReadings }: AnomalyRules,
): Anomaly | undefined {
  const { readings, means, variances } = baseline;
  const isKnown = readings >= warmUpReadings;
  // The plain mean of the first readings, which an average that starts from zero would take long to forget.
  const weight = Math.max(alpha, 1 / (readings + 1));
  let strangest: Anomaly | undefined;

  for (let index = 0; index < measures.length; index++) {
    const measure = measures[index];
    if (!measure) continue;
    const mean = means[index] ?? 0;
    const variance = variances[index] ?? 0;
    let surprise = toScale(measure, observation[measure.field]) - mean;
    if (isKnown) {
      const deviation = Math.max(Math.sqrt(variance), measure.leastDeviation);
      const deviations = surprise / deviation;
      if (Math.abs(deviations) > Math.max(threshold, Math.abs(strangest?.deviations ?? 0))) {
        const limit = mean + Math.sign(deviations) * threshold * deviation;
        strangest = {
          measure,
          value: observation[measure.field],
          expected: fromScale(measure, mean),
          limit: fromScale(measure, limit),
          deviations,
        };
      }
      const most = learnedDeviations * deviation;
      surprise = Math.min(Math.max(surprise, -most), most);
    }
    means[index] = mean + weight * surprise;
    variances[index] = (1 - weight) * (variance + weight * surprise * surprise);
  }
  baseline.readings = readings + 1;
  return strangest;
}

const toScale = ({ scale }: Measure, value: number) => (scale === 'linear' ? value : Math.log1p(value));
const fromScale = ({ scale }: Measure, value: number) => (scale === 'linear' ? value : Math.expm1(value));
