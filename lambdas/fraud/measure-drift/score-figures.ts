import type { ScoreDimension } from '../monitor-transactions/counts.ts';
import type { ScoreReference } from '../shared/model-reference.ts';
import { driftScore } from './drift-score.ts';
import { histogramDrift } from './histogram-drift.ts';

/** The scores of a span of time: of all transactions (`all`), of a segment, or of those in shadow. */
export interface WindowScores {
  readonly dimension: ScoreDimension;
  readonly segment: string;
  /** When the newest bucket with some begins. */
  readonly newestMs: number;
  /** In the bins of the reference's scores; empty when it has none. */
  readonly counts: readonly number[];
  readonly transactions: number;
  readonly flagged: number;
  readonly scoreSum: number;
  readonly flaggedScoreSum: number;
}

type ScoreSums = Pick<WindowScores, 'flagged' | 'scoreSum' | 'flaggedScoreSum'>;

/** Fewest transactions behind an estimated share: the standard error of a share of 0.9 is then 0.1. */
const leastCases = 10;

/**
 * Precision and recall before labels come. A calibrated score is the probability of fraud, so scores add up
 * to the expected number of frauds. Holds as long as the scores are calibrated: a new kind of fraud that
 * looks legitimate to the model shows in labels only.
 * @see https://nannyml.readthedocs.io/en/stable/how_it_works/performance_estimation.html
 */
export function estimatedFigures({ flagged, scoreSum, flaggedScoreSum }: ScoreSums) {
  return {
    precision: flagged < leastCases ? undefined : flaggedScoreSum / flagged,
    recall: scoreSum < leastCases ? undefined : flaggedScoreSum / scoreSum,
  };
}

/** The drift of scores, 0 to 1; undefined without a reference of that segment. */
export function scoreDrift(
  reference: ScoreReference | undefined,
  { dimension, segment, counts }: WindowScores,
): number | undefined {
  if (!reference) return undefined;
  const expected =
    dimension === 'all' ? reference.histogram.counts : reference.segments.get(dimension)?.get(segment);
  if (!expected || counts.length !== expected.length) return undefined;
  const { bins } = reference;
  const drift = histogramDrift({ bins, histogram: { counts: expected, missing: 0 } }, { counts, missing: 0 });
  return drift && driftScore(drift);
}
