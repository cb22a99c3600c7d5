import {
  jensenShannonDistance,
  type Point,
  populationStabilityIndex,
  standardDeviation,
  totalVariationDistance,
  wassersteinDistance,
} from './distances.ts';

/** The distances of a feature's values from the reference. */
export interface FeatureDrift {
  readonly psi: number;
  /** With natural logarithms, from 0 to √ln 2. */
  readonly jensenShannon: number;
  /**
   * For numbers, in standard deviations of the reference; for categories, the share that changed. Undefined
   * when only one side has numbers.
   */
  readonly wasserstein: number | undefined;
}

/**
 * The drift of samples as Evidently 0.7 measures it. Missing values and infinite numbers are left out, and
 * the bins depend on both samples. Undefined when either side has no numbers left.
 *
 * It needs all values at once, so production uses `histogramDrift`; tests check that against this function
 * (ADR 15).
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

/** The same for categories. Evidently has no Wasserstein distance for them: this uses the total variation. */
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

/** As in Evidently: keeps the distance finite when the reference hardly varies. */
const leastDeviation = 0.001;

/** The Wasserstein-1 distance in standard deviations of the reference. */
export function normedWasserstein(reference: readonly Point[], current: readonly Point[]): number {
  return wassersteinDistance(reference, current) / Math.max(standardDeviation(reference), leastDeviation);
}

/** Most distinct numbers in the reference for which each number is a bin of its own. */
const mostDistinctAsCategories = 20;

/** Counts both samples in the bins of NumPy's `histogram_bin_edges(bins="sturges")` over both. */
function sturgesBins(u: readonly number[], v: readonly number[]): [number[], number[]] {
  const ordered = [...u, ...v].sort((a, b) => a - b);
  const first = ordered[0] ?? 0;
  const last = ordered.at(-1) ?? 0;
  const range = last - first;
  // Keep NumPy's order of operations: another order could round to one bin more or less.
  const bins = Math.ceil(range / (range / (Math.log2(ordered.length) + 1)));
  const step = range / bins;
  const edges = Array.from({ length: bins + 1 }, (_, bin) => (bin === bins ? last : bin * step + first));
  return [countByEdges(u, edges), countByEdges(v, edges)];
}

/** A bin includes its lower edge and excludes its upper edge; the last bin includes both. */
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
