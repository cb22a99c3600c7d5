import type { FeatureReference, Histogram } from '../shared/model-reference.ts';
import {
  jensenShannonDistance,
  type Point,
  populationStabilityIndex,
  totalVariationDistance,
} from './distances.ts';
import { type FeatureDrift, normedWasserstein } from './sample-drift.ts';

/**
 * The drift of counts in the bins of the reference: for each figure, what Evidently says of the same values as the bins know
 * them. To PSI and Jensen–Shannon a bin is a category, and so is what is missing. To Wasserstein a number is the edge below it:
 * that is exact for values that are edges, and otherwise off by no more than the widest bin. Below the first edge and above the
 * last, how far does not count.
 *
 * A category that the reference has not seen has a bin, and so has a number beyond what it has seen: they show like any other change.
 * A constant feature has one bin that is not empty, and drifts as soon as another is. A feature that is missing throughout has all its counts in `missing`.
 * Undefined when one side has no records.
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
      bins.kind === 'category' ? totalVariationDistance(p, q) : ofNumbers(bins.edges, reference, current),
  };
}

/** Without the bins that are empty on both sides: they would be filled by PSI, and with different shares. */
function occupiedBins(reference: readonly number[], current: readonly number[]): [number[], number[]] {
  const isOccupied = (_: number, bin: number) => (reference[bin] ?? 0) > 0 || (current[bin] ?? 0) > 0;
  return [reference.filter(isOccupied), current.filter(isOccupied)];
}

function ofNumbers(edges: readonly number[], reference: Histogram, current: Histogram): number | undefined {
  const u = pointsOf(edges, reference);
  const v = pointsOf(edges, current);
  // Numbers on neither side is no change.
  if (u.length === 0 && v.length === 0) return 0;
  return u.length === 0 || v.length === 0 ? undefined : normedWasserstein(u, v);
}

/** Without edges there is one bin, and so one value, whatever it is. */
const pointsOf = (edges: readonly number[], { counts }: Histogram): Point[] =>
  counts.flatMap((weight, bin) => (weight > 0 ? [{ value: edges[Math.max(0, bin - 1)] ?? 0, weight }] : []));
