/** Shares or counts of the same bins in the same order. None is negative, and at least one is above 0. */
type Masses = readonly number[];

/** A value, and the weight that a distribution gives it. */
export interface Point {
  readonly value: number;
  readonly weight: number;
}

/**
 * The population stability index: Σ (p − q) · ln(p / q), from 0 up. Empty bins are filled as Evidently fills
 * them, since the logarithm of 0 is infinite. After that, p and q may add up to more than 1.
 */
export function populationStabilityIndex(reference: Masses, current: Masses): number {
  const p = filled(shares(reference));
  const q = filled(shares(current));
  return p.reduce((sum, share, bin) => sum + (share - at(q, bin)) * Math.log(share / at(q, bin)), 0);
}

/**
 * Fills empty bins as Evidently does: with 0.0001 or, if the smallest share is not above that, with a
 * millionth of the smallest share.
 * https://github.com/evidentlyai/evidently/blob/v0.7.21/src/evidently/legacy/calculations/stattests/utils.py
 */
function filled(all: readonly number[]): number[] {
  const least = Math.min(...all.filter((share) => share !== 0));
  const fill = least <= 0.0001 ? least / 10 ** 6 : 0.0001;
  return all.map((share) => (share === 0 ? fill : share));
}

/**
 * The Jensen–Shannon distance, as SciPy's `jensenshannon(p, q)`: the square root of the divergence with
 * natural logarithms, from 0 to √ln 2 ≈ 0.833. It is a metric, and needs no filling of empty bins.
 */
export function jensenShannonDistance(reference: Masses, current: Masses): number {
  const p = shares(reference);
  const q = shares(current);
  const divergence = p.reduce((sum, share, bin) => {
    const other = at(q, bin);
    const middle = (share + other) / 2;
    return sum + relativeEntropy(share, middle) + relativeEntropy(other, middle);
  }, 0);
  // Rounding can make the divergence of equal distributions slightly negative.
  return Math.sqrt(Math.max(0, divergence) / 2);
}

const relativeEntropy = (share: number, middle: number) =>
  share === 0 ? 0 : share * Math.log(share / middle);

/** The largest `jensenShannonDistance`: that of distributions without a common bin. */
export const maxJensenShannonDistance = Math.sqrt(Math.LN2);

/**
 * Half of Σ |p − q|, from 0 to 1. It equals the Wasserstein-1 distance of categories that are all 1 apart.
 */
export function totalVariationDistance(reference: Masses, current: Masses): number {
  const q = shares(current);
  return shares(reference).reduce((sum, share, bin) => sum + Math.abs(share - at(q, bin)), 0) / 2;
}

/**
 * The Wasserstein-1 distance, as SciPy's `wasserstein_distance`: how far values must move on average to turn
 * one distribution into the other, in the unit of the values. Both distributions must have some weight.
 */
export function wassersteinDistance(reference: readonly Point[], current: readonly Point[]): number {
  const u = cumulated(reference);
  const v = cumulated(current);
  let distance = 0;
  let [uShare, vShare] = [0, 0];
  let [uAt, vAt] = [0, 0];
  let previous = Number.NaN;
  while (uAt < u.length || vAt < v.length) {
    const value = Math.min(
      u[uAt]?.value ?? Number.POSITIVE_INFINITY,
      v[vAt]?.value ?? Number.POSITIVE_INFINITY,
    );
    if (uShare !== vShare) distance += Math.abs(uShare - vShare) * (value - previous);
    for (; u[uAt]?.value === value; uAt++) uShare = u[uAt]?.share ?? 0;
    for (; v[vAt]?.value === value; vAt++) vShare = v[vAt]?.share ?? 0;
    previous = value;
  }
  return distance;
}

/** The cumulative distribution: for each value, the share of the weight at or below it. */
function cumulated(points: readonly Point[]): { readonly value: number; readonly share: number }[] {
  const ordered = points.toSorted((a, b) => a.value - b.value);
  const total = ordered.reduce((sum, { weight }) => sum + weight, 0);
  let weightSoFar = 0;
  return ordered.map(({ value, weight }) => {
    weightSoFar += weight;
    return { value, share: weightSoFar / total };
  });
}

/** The population standard deviation, which divides by n and not by n − 1. */
export function standardDeviation(points: readonly Point[]): number {
  const total = points.reduce((sum, { weight }) => sum + weight, 0);
  const mean = points.reduce((sum, { value, weight }) => sum + value * (weight / total), 0);
  return Math.sqrt(
    points.reduce((sum, { value, weight }) => sum + (value - mean) ** 2 * (weight / total), 0),
  );
}

function shares(masses: Masses): number[] {
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  return masses.map((mass) => mass / total);
}

const at = (masses: Masses, bin: number) => masses[bin] ?? 0;
