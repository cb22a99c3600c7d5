/** Shares or counts of the same bins, in the same order; none negative, and not all 0. */
type Masses = readonly number[];

/** A value, and how much of a distribution lies on it. */
export interface Point {
  readonly value: number;
  readonly weight: number;
}

/**
 * The population stability index: Σ (p − q) · ln(p / q), 0 and up. Empty bins count as Evidently counts them, since the
 * logarithm is without limit there. The sums over p and q need not be 1 after that.
 */
export function populationStabilityIndex(reference: Masses, current: Masses): number {
  const p = filled(shares(reference));
  const q = filled(shares(current));
  return p.reduce((sum, share, bin) => sum + (share - at(q, bin)) * Math.log(share / at(q, bin)), 0);
}

/**
 * What Evidently puts in place of an empty bin: 0.0001 or, where some bin has no more than that, a millionth of the least.
 * https://github.com/evidentlyai/evidently/blob/v0.7.21/src/evidently/legacy/calculations/stattests/utils.py
 */
function filled(all: readonly number[]): number[] {
  const least = Math.min(...all.filter((share) => share !== 0));
  const fill = least <= 0.0001 ? least / 10 ** 6 : 0.0001;
  return all.map((share) => (share === 0 ? fill : share));
}

/**
 * The Jensen–Shannon distance: the square root of the divergence, by natural logarithms, 0 to √ln 2 ≈ 0.833. SciPy's
 * `jensenshannon(p, q)`. A metric; an empty bin is no trouble to it.
 */
export function jensenShannonDistance(reference: Masses, current: Masses): number {
  const p = shares(reference);
  const q = shares(current);
  const divergence = p.reduce((sum, share, bin) => {
    const other = at(q, bin);
    const middle = (share + other) / 2;
    return sum + relativeEntropy(share, middle) + relativeEntropy(other, middle);
  }, 0);
  // Equal distributions may come out as less than nothing in the last digits.
  return Math.sqrt(Math.max(0, divergence) / 2);
}

const relativeEntropy = (share: number, middle: number) =>
  share === 0 ? 0 : share * Math.log(share / middle);

/** The largest distance that `jensenShannonDistance` knows: of distributions that have no bin in common. */
export const maxJensenShannonDistance = Math.sqrt(Math.LN2);

/** Half of Σ |p − q|, 0 to 1: the Wasserstein-1 distance of categories, each of which is 1 away from any other. */
export function totalVariationDistance(reference: Masses, current: Masses): number {
  const q = shares(current);
  return shares(reference).reduce((sum, share, bin) => sum + Math.abs(share - at(q, bin)), 0) / 2;
}

/**
 * The Wasserstein-1 distance: how far values must be moved on average to make one distribution of the other, in the unit of
 * the values. SciPy's `wasserstein_distance`. Both must have some weight.
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

/** The distribution function: by value, the share of the weight that lies there or below. */
function cumulated(points: readonly Point[]): { readonly value: number; readonly share: number }[] {
  const ordered = points.toSorted((a, b) => a.value - b.value);
  const total = ordered.reduce((sum, { weight }) => sum + weight, 0);
  let weightSoFar = 0;
  return ordered.map(({ value, weight }) => {
    weightSoFar += weight;
    return { value, share: weightSoFar / total };
  });
}

/** That of a population: not of a sample, which divides by one less. */
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
