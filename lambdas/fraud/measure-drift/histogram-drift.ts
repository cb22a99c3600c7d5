import type { FeatureReference, Histogram } from '../shared/model-reference.ts';
import {
  jensenShannonDistance,
  type Point,
  populationStabilityIndex,
  totalVariationDistance,
} from './distances.ts';
import { type FeatureDrift, normedWasserstein } from './sample-drift.ts';

/**
 * The drift of counts in the bins of the reference. Each figure equals Evidently's for the same values after
 * binning.
 *
 * PSI and Jensen–Shannon treat each bin as a category, and missing values as one more. For Wasserstein, a
 * number counts as the edge below it. That is exact for values that are edges, and otherwise wrong by at most
 * the widest bin. How far a value lies outside the outer edges does not count.
 *
 * Unseen categories have a bin, and so have numbers beyond those of the reference: they show like any other
 * change. A constant feature has one bin with values, and drifts as soon as another bin has some. A feature
 * that is always missing has all its counts in `missing`. Undefined when one side has no records.
 */
export function histogramDrift(
  { bins, histogram: reference }: FeatureReference,
  current: Histogram,
): FeatureDrift | undefined {
  const present = (counts: readonly number[]) => counts.some((count) => count > 0);
  const [p, q] = occupiedBins([...reference.counts, reference.missing], [...current.counts, current.missing]);
  if (!present(p) || !present(q)) return undefined;
  return {
    psi: populationStabilityIndex(p, q),
    jensenShannon: jensenShannonDistance(p, q),
    wasserstein:
      bins.kind === 'category'
        ? totalVariationDistance(p, q)
        : numberWasserstein(bins.edges, reference, current),
  };
}

/** Drops bins that are empty on both sides: PSI would fill them with different shares. */
function occupiedBins(reference: readonly number[], current: readonly number[]): [number[], number[]] {
  const isOccupied = (_: number, bin: number) => (reference[bin] ?? 0) > 0 || (current[bin] ?? 0) > 0;
  return [reference.filter(isOccupied), current.filter(isOccupied)];
}

function numberWasserstein(
  edges: readonly number[],
  reference: Histogram,
  current: Histogram,
): number | undefined {
  const u = pointsOf(edges, reference);
  const v = pointsOf(edges, current);
  // No numbers on either side: no change.
  if (u.length === 0 && v.length === 0) return 0;
  return u.length === 0 || v.length === 0 ? undefined : normedWasserstein(u, v);
}

/** Without edges there is one bin, and any one value can stand for it. */
const pointsOf = (edges: readonly number[], { counts }: Histogram): Point[] =>
  counts.flatMap((weight, bin) => (weight > 0 ? [{ value: edges[Math.max(0, bin - 1)] ?? 0, weight }] : []));
