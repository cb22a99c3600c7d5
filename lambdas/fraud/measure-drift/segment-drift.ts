import { binCount, type ModelReference, placesOf } from '../shared/model-reference.ts';
import { coversCycle, driftScore, overallDriftScore } from './drift-score.ts';
import { histogramDrift } from './histogram-drift.ts';
import type { WindowSegment } from './segments-table.ts';

/** The drift of a segment from the same segment of the training data. */
export interface SegmentDrift extends Pick<WindowSegment, 'dimension' | 'segment'> {
  /** Of the window or of the training data, whichever are fewer: it decides how large chance is. */
  readonly transactions: number;
  /** Of all features together. */
  readonly overall: number;
  readonly features: readonly { readonly feature: string; readonly drift: number }[];
}

/** Most segments that are measured, those with the most transactions: it bounds the number of series. */
export const mostSegments = 25;

/**
 * The drift of each segment with enough transactions, here and in the training data. A feature that repeats
 * with the calendar has none in windows that are shorter than its cycle, and the segment itself has none.
 */
export function segmentDrifts(
  windows: readonly WindowSegment[],
  reference: ModelReference,
  { windowMs, leastTransactions }: { readonly windowMs: number; readonly leastTransactions: number },
): SegmentDrift[] {
  const { size, places } = placesOf(reference);
  const measured = windows.flatMap(({ dimension, segment, counts }) => {
    const expected = reference.segmentFeatures?.get(dimension)?.get(segment);
    if (!expected || counts.length !== size) return [];
    const features = places.flatMap(({ feature, bins, start }) => {
      const before = expected.get(feature);
      if (!before || feature === dimension || !coversCycle(feature, windowMs)) return [];
      const end = start + binCount(bins);
      const now = { counts: counts.slice(start, end), missing: counts[end] ?? 0 };
      const drift = histogramDrift({ bins, histogram: before }, now);
      return drift ? [{ feature, drift: driftScore(drift), before, now }] : [];
    });
    const transactions = Math.min(...features.flatMap(({ before, now }) => [totalOf(before), totalOf(now)]));
    if (features.length === 0 || transactions < leastTransactions) return [];
    const overall = overallDriftScore(features.map(({ drift }) => drift));
    return [
      {
        ...{ dimension, segment, transactions, overall },
        features: features.map(({ feature, drift }) => ({ feature, drift })),
      },
    ];
  });
  return measured.sort((one, other) => other.transactions - one.transactions).slice(0, mostSegments);
}

const totalOf = ({ counts, missing }: { readonly counts: readonly number[]; readonly missing: number }) =>
  counts.reduce((sum, count) => sum + count, missing);
