import { objectOf, wrongType } from './fields.ts';

/**
 * How the features of a model were spread in what it was trained on: `models/fraud/<version>/reference.json`. Its bins are
 * those in which the features of live transactions are counted, so that the counts of any two spans of time can be added.
 */
export interface ModelReference {
  readonly version: string;
  readonly features: ReadonlyMap<string, FeatureReference>;
}

export interface FeatureReference {
  readonly bins: Bins;
  readonly histogram: Histogram;
}

export type Bins =
  /** One bin below the first edge, then one from each edge up to the next, without that; the last has no end. */
  | { readonly kind: 'number'; readonly edges: readonly number[] }
  /** One bin a category, and a last one for all others. */
  | { readonly kind: 'category'; readonly categories: readonly string[] };

export interface Histogram {
  /** In the order of the bins. */
  readonly counts: readonly number[];
  /** Values that are null, not given, or of the other kind. */
  readonly missing: number;
}

export const binCount = (bins: Bins): number =>
  (bins.kind === 'number' ? bins.edges.length : bins.categories.length) + 1;

/** The bin of a value; undefined for one that counts as missing. */
export function binOf(bins: Bins, value: number | string | null | undefined): number | undefined {
  if (bins.kind === 'number')
    return Number.isFinite(value) ? edgesUpTo(bins.edges, Number(value)) : undefined;
  if (typeof value !== 'string') return undefined;
  const place = bins.categories.indexOf(value);
  return place === -1 ? bins.categories.length : place;
}

/** How many edges are not above the value, by halves. */
function edgesUpTo(edges: readonly number[], value: number): number {
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((edges[middle] ?? value) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Reads the parsed JSON of a reference. Throws BadRecord with the first thing that is wrong. */
export function modelReferenceFrom(json: unknown): ModelReference {
  const { version, features } = objectOf('reference', json);
  if (typeof version !== 'string' || version === '') throw wrongType('version', version, 'a text');
  const entries = Object.entries(objectOf('features', features));
  return {
    version,
    features: new Map(
      entries.map(([name, feature]) => [name, featureReferenceFrom(`features.${name}`, feature)]),
    ),
  };
}

function featureReferenceFrom(name: string, json: unknown): FeatureReference {
  const { kind, edges, categories, counts, missing } = objectOf(name, json);
  const bins = binsFrom(name, kind, edges, categories);
  if (!isListOf(counts, isCount)) throw wrongType(`${name}.counts`, counts, 'a list of counts');
  if (!isCount(missing)) throw wrongType(`${name}.missing`, missing, 'a count');
  // No category of the reference is unseen in it, so that its writer may leave that bin out.
  const isShort = bins.kind === 'category' && counts.length === binCount(bins) - 1;
  const all = isShort ? [...counts, 0] : counts;
  if (all.length !== binCount(bins))
    throw wrongType(`${name}.counts`, counts, `${binCount(bins)} counts, one for each bin`);
  return { bins, histogram: { counts: all, missing } };
}

function binsFrom(name: string, kind: unknown, edges: unknown, categories: unknown): Bins {
  if (kind === 'number') {
    const isRising = (list: readonly number[]) =>
      list.every((edge, place) => place === 0 || edge > (list[place - 1] ?? edge));
    if (!isListOf(edges, isFiniteNumber) || !isRising(edges))
      throw wrongType(`${name}.edges`, edges, 'a list of numbers that rise');
    return { kind, edges };
  }
  if (kind === 'category') {
    if (!isListOf(categories, isText) || new Set(categories).size < categories.length)
      throw wrongType(`${name}.categories`, categories, 'a list of texts, none of them twice');
    return { kind, categories };
  }
  throw wrongType(`${name}.kind`, kind, 'number or category');
}

const isListOf = <T>(value: unknown, is: (each: unknown) => each is T): value is T[] =>
  Array.isArray(value) && value.every(is);
const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);
const isText = (value: unknown): value is string => typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
