import { objectOf, wrongType } from '../../shared/failures/fields.ts';

/**
 * The distribution of each feature in a model's training data, from `models/fraud/<version>/reference.json`.
 * Features of live transactions are counted in the same bins, so the counts of any two spans of time can be
 * added.
 */
export interface ModelReference {
  readonly version: string;
  readonly features: ReadonlyMap<string, FeatureReference>;
  /** The distribution of the scores. References made until November 2026 have none. */
  readonly score?: ScoreReference;
  /** Of each segment: the histogram of each feature, in the bins of above. Older references have none. */
  readonly segmentFeatures?: SegmentFeatures;
}

/** By dimension, segment and feature. */
type SegmentFeatures = ReadonlyMap<string, ReadonlyMap<string, ReadonlyMap<string, Histogram>>>;

export interface ScoreReference extends FeatureReference {
  /** Counts in the bins of the scores, by dimension and segment, such as `country` and `DE`. */
  readonly segments: ReadonlyMap<string, ReadonlyMap<string, readonly number[]>>;
}

export interface FeatureReference {
  readonly bins: Bins;
  readonly histogram: Histogram;
}

export type Bins =
  /**
   * One bin below the first edge, then one from each edge up to, but not including, the next. The last has no
   * end.
   */
  | { readonly kind: 'number'; readonly edges: readonly number[] }
  /** One bin for each category, and a last one for all others. */
  | { readonly kind: 'category'; readonly categories: readonly string[] };

export interface Histogram {
  /** In the order of the bins. */
  readonly counts: readonly number[];
  /** Number of values that are null, absent or of the wrong kind. */
  readonly missing: number;
}

/** Where each feature begins in a list of the counts of all: its bins, and then its missing values. */
export function placesOf({ features }: Pick<ModelReference, 'features'>) {
  let size = 0;
  const places = [...features].map(([feature, { bins }]) => {
    const start = size;
    size += binCount(bins) + 1;
    return { feature, bins, start };
  });
  return { size, places };
}

export const binCount = (bins: Bins): number =>
  (bins.kind === 'number' ? bins.edges.length : bins.categories.length) + 1;

/** The bin of a value; undefined for a value that counts as missing. */
export function binOf(bins: Bins, value: number | string | null | undefined): number | undefined {
  if (bins.kind === 'number')
    return Number.isFinite(value) ? edgesUpTo(bins.edges, Number(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const place = bins.categories.indexOf(value);
  return place === -1 ? bins.categories.length : place;
}

/** The number of edges at or below the value, by binary search. */
function edgesUpTo(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? value) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reads the parsed JSON of a reference. @throws BadRecord that names the first wrong field */
export function modelReferenceFrom(json: unknown): ModelReference {
  const { version, features, score, segments, segmentFeatures } = objectOf('reference', json);
  if (typeof version !== 'string' || version === '') throw wrongType('version', version, 'a text');
  const described = objectOf('features', features);
  const entries = Object.entries(described);
  return {
    version,
    features: new Map(
      entries.map(([name, feature]) => [name, featureReferenceFrom(`features.${name}`, feature)]),
    ),
    ...(score === undefined ? {} : { score: scoreReferenceFrom(score, segments) }),
    ...(segmentFeatures === undefined
      ? {}
      : { segmentFeatures: segmentFeaturesFrom(segmentFeatures, described) }),
  };
}

function segmentFeaturesFrom(json: unknown, features: Readonly<Record<string, unknown>>): SegmentFeatures {
  const histogramOf = (place: string, feature: string, list: unknown): Histogram => {
    if (!isListOf(list, isCount) || list.length === 0) throw wrongType(place, list, 'a list of counts');
    const [counts, missing] = [list.slice(0, -1), list.at(-1)];
    return featureReferenceFrom(place, { ...objectOf(feature, features[feature]), counts, missing })
      .histogram;
  };
  return inEach('segmentFeatures', json, (dimension, segments) =>
    inEach(dimension, segments, (segment, each) =>
      inEach(segment, each, (place, list, feature) => histogramOf(place, feature, list)),
    ),
  );
}

/** Reads each entry of an object. */
const inEach = <T>(
  place: string,
  json: unknown,
  read: (place: string, json: unknown, name: string) => T,
): ReadonlyMap<string, T> =>
  new Map(
    Object.entries(objectOf(place, json)).map(([name, each]) => [name, read(`${place}.${name}`, each, name)]),
  );

function scoreReferenceFrom(score: unknown, segments: unknown): ScoreReference {
  const described = objectOf('score', score);
  const countsOf = (place: string, counts: unknown) =>
    featureReferenceFrom(place, { ...described, counts }).histogram.counts;
  return {
    ...featureReferenceFrom('score', described),
    segments: inEach('segments', segments, (place, dimension) => inEach(place, dimension, countsOf)),
  };
}

function featureReferenceFrom(name: string, json: unknown): FeatureReference {
  const { kind, edges, categories, counts, missing, quantiles } = objectOf(name, json);
  const bins = kind === 'number' ? numberBins(name, edges) : categoryBins(name, kind, categories);
  if (!isListOf(counts, isCount)) throw wrongType(`${name}.counts`, counts, 'a list of counts');
  if (!isCount(missing)) throw wrongType(`${name}.missing`, missing, 'a count');
  if (counts.length !== binCount(bins))
    throw wrongType(`${name}.counts`, counts, `${binCount(bins)} counts, one for each bin`);
  if (bins.kind === 'category') return { bins, histogram: { counts, missing } };

  if (!isListOf(quantiles, isFiniteNumber))
    throw wrongType(`${name}.quantiles`, quantiles, 'a list of numbers');
  return withBinsBeyond({ edges: bins.edges, counts, missing }, quantiles[0], quantiles.at(-1));
}

/**
 * Adds a bin below the least and one above the greatest number of the reference, like the bin of unseen
 * categories. Without them, a change of a constant feature would not show.
 */
function withBinsBeyond(
  { edges, counts, missing }: { edges: readonly number[]; counts: readonly number[]; missing: number },
  least: number | undefined,
  greatest: number | undefined,
): FeatureReference {
  const below = least !== undefined && least < (edges[0] ?? Infinity) ? [least] : [];
  const above = greatest !== undefined && greatest >= (edges.at(-1) ?? greatest) ? [justAbove(greatest)] : [];
  return {
    bins: { kind: 'number', edges: [...below, ...edges, ...above] },
    histogram: { counts: [...below.map(() => 0), ...counts, ...above.map(() => 0)], missing },
  };
}

const justAbove = (value: number) => value + Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON);

function numberBins(name: string, edges: unknown): Extract<Bins, { kind: 'number' }> {
  if (
    !isListOf(edges, isFiniteNumber) ||
    edges.some((edge, place) => edge <= (edges[place - 1] ?? -Infinity))
  )
    throw wrongType(`${name}.edges`, edges, 'a list of increasing numbers');
  return { kind: 'number', edges };
}

function categoryBins(name: string, kind: unknown, categories: unknown): Bins {
  if (kind !== 'category') throw wrongType(`${name}.kind`, kind, 'number or category');
  if (!isListOf(categories, isText) || new Set(categories).size < categories.length)
    throw wrongType(`${name}.categories`, categories, 'a list of different texts');
  return { kind, categories };
}

const isListOf = <T>(value: unknown, is: (each: unknown) => each is T): value is T[] =>
  Array.isArray(value) && value.every(is);
const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
