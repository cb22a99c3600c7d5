import {
  jensenShannonDistance,
  type Point,
  populationStabilityIndex,
  standardDeviation,
  totalVariationDistance,
  wassersteinDistance,
} from './distances.ts';

/** How far the values of a feature have drifted from the reference. */
export interface FeatureDrift {
  readonly psi: number;
  /** By natural logarithms, 0 to √ln 2. */
  readonly jensenShannon: number;
  /**
   * Of numbers, in standard deviations of the reference; of categories, the share that changed. Undefined where one side has
   * numbers and the other none: there is no distance to nothing.
   */
  readonly wasserstein: number | undefined;
}

/**
 * The drift of samples as Evidently 0.7 measures it: what is missing, and what is no finite number, is left out, and the bins
 * depend on both samples. Undefined when nothing is left of one of them.
 *
 * It needs all values at once. A stream has `histogramDrift`, which this is the yardstick of: see ADR 15.
 */
export function sampleDrift(
  reference: readonly (number | null)[],
  current: readonly (number | null)[],
): FeatureDrift | undefined {
  const u = reference.filter(isNumber);
  const v = current.filter(isNumber);
  if (u.length === 0 || v.length === 0) return undefined;
  const [uCounts, vCounts] =
    new Set(u).size > mostDistinctAsCategories ? sturgesBins(u, v) : valueCounts(u, v);
  return {
    psi: populationStabilityIndex(uCounts, vCounts),
    jensenShannon: jensenShannonDistance(uCounts, vCounts),
    wasserstein: normedWasserstein(u.map(toPoint), v.map(toPoint)),
  };
}

/** The same for categories, of which Evidently has no Wasserstein distance. */
export function sampleCategoryDrift(
  reference: readonly (string | null)[],
  current: readonly (string | null)[],
): FeatureDrift | undefined {
  const u = reference.filter((value) => value !== null);
  const v = current.filter((value) => value !== null);
  if (u.length === 0 || v.length === 0) return undefined;
  const [uCounts, vCounts] = valueCounts(u, v);
  return {
    psi: populationStabilityIndex(uCounts, vCounts),
    jensenShannon: jensenShannonDistance(uCounts, vCounts),
    wasserstein: totalVariationDistance(uCounts, vCounts),
  };
}

/** Evidently's: a reference that hardly varies must not make any change infinite. */
const leastDeviation = 0.001;

/** In standard deviations of the reference. */
export function normedWasserstein(reference: readonly Point[], current: readonly Point[]): number {
  return wassersteinDistance(reference, current) / Math.max(standardDeviation(reference), leastDeviation);
}

/** Numbers of which the reference has no more distinct ones are compared one by one, like categories. */
const mostDistinctAsCategories = 20;

/** NumPy's `histogram_bin_edges(bins="sturges")` over both samples, and how many of each are in a bin. */
function sturgesBins(u: readonly number[], v: readonly number[]): [number[], number[]] {
  const ordered = [...u, ...v].sort((a, b) => a - b);
  const first = ordered[0] ?? 0;
  const last = ordered.at(-1) ?? 0;
  const range = last - first;
  // In NumPy's order of operations: another would round to one bin more or less.
  const bins = Math.ceil(range / (range / (Math.log2(ordered.length) + 1)));
  const step = range / bins;
  const edges = Array.from({ length: bins + 1 }, (_, bin) => (bin === bins ? last : bin * step + first));
  return [countByEdges(u, edges), countByEdges(v, edges)];
}

/** A bin has its lower edge and not its upper one; the last bin has both. */
function countByEdges(values: readonly number[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length - 1).fill(0);
  for (const value of values) {
    const above = edges.findIndex((edge) => edge > value);
    const bin = above === -1 ? counts.length - 1 : above - 1;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}

function valueCounts<T>(u: readonly T[], v: readonly T[]): [number[], number[]] {
  const places = new Map([...new Set([...u, ...v])].map((value, place) => [value, place]));
  const countsOf = (values: readonly T[]) => {
    const counts = new Array<number>(places.size).fill(0);
    for (const value of values) {
      const place = places.get(value) ?? 0;
      counts[place] = (counts[place] ?? 0) + 1;
    }
    return counts;
  };
  return [countsOf(u), countsOf(v)];
}

const isNumber = (value: number | null): value is number => Number.isFinite(value);
const toPoint = (value: number): Point => ({ value, weight: 1 });
