import type { FeatureName, Features } from './features.ts';
import type { Model } from './model.ts';

/** A model made ready for scoring. It keeps no state between calls. */
export interface Scorer {
  readonly version: string;
  readonly threshold: number;
  /** The probability of fraud, from 0 to 1, as Spark's own model gives it. */
  score(features: Features): number;
  /**
   * What each feature adds to the margin, which is half the log-odds of the score. On the way to a leaf, each
   * step's change of the node's mean is credited to the feature of the split (A. Saabas, "Interpreting random
   * forests"). The contributions and the means of the roots add up to the margin.
   */
  contributions(features: Features): Map<FeatureName, number>;
}

export function makeScorer(model: Model): Scorer {
  const { roots, feature, threshold, firstCategory, goesLeft, left, right, value } = flatten(model);
  const encoders = model.features.map(encoderOf);
  const names = model.features.map(({ name }) => name);
  const input = new Float64Array(names.length);

  const encode = (features: Features): void => {
    for (let at = 0; at < encoders.length; at++)
      input[at] = (encoders[at] as Encoder)(features[names[at] as FeatureName]);
  };

  const childOf = (node: number, splitOn: number): number => {
    const found = input[splitOn] as number;
    const categories = firstCategory[node] as number;
    const isLeft = categories < 0 ? found <= (threshold[node] as number) : goesLeft[categories + found] === 1;
    return (isLeft ? left[node] : right[node]) as number;
  };

  return {
    version: model.version,
    threshold: model.threshold,
    score(features) {
      encode(features);
      let margin = 0;
      for (const root of roots) {
        let node = root;
        for (let splitOn = feature[node] as number; splitOn >= 0; splitOn = feature[node] as number)
          node = childOf(node, splitOn);
        margin += value[node] as number;
      }
      return 1 / (1 + Math.exp(-2 * margin));
    },
    contributions(features) {
      encode(features);
      const added = new Float64Array(names.length);
      for (const root of roots) {
        let node = root;
        for (let splitOn = feature[node] as number; splitOn >= 0; splitOn = feature[node] as number) {
          const child = childOf(node, splitOn);
          added[splitOn] = (added[splitOn] as number) + (value[child] as number) - (value[node] as number);
          node = child;
        }
      }
      return new Map(names.map((name, at) => [name, added[at] as number]));
    },
  };
}

/**
 * Lays all trees one after the other in flat arrays, so that a step to a child reads numbers and creates no
 * object.
 */
function flatten({ trees, features }: Model) {
  const size = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  /** Number of the feature that the node splits on; -1 for a leaf. */
  const feature = new Int16Array(size);
  const threshold = new Float64Array(size);
  /** Where the categories of the node begin in `goesLeft`; -1 for a split by threshold. */
  const firstCategory = new Int32Array(size).fill(-1);
  const left = new Int32Array(size);
  const right = new Int32Array(size);
  /** The value of the node, times the weight of its tree. */
  const value = new Float64Array(size);
  const roots = new Int32Array(trees.length);
  const goesLeft: number[] = [];

  let first = 0;
  for (const [number, tree] of trees.entries()) {
    roots[number] = first;
    for (const [node, splitOn] of tree.feature.entries()) {
      const at = first + node;
      feature[at] = splitOn;
      threshold[at] = tree.threshold[node] ?? 0;
      left[at] = first + (tree.left[node] ?? 0);
      right[at] = first + (tree.right[node] ?? 0);
      value[at] = (tree.value[node] ?? 0) * tree.weight;
      const categories = tree.categories[node];
      const split = features[splitOn];
      if (!categories || split?.kind !== 'category') continue;
      firstCategory[at] = goesLeft.length;
      for (let each = 0; each <= split.categories.length; each++)
        goesLeft.push(Number(categories.includes(each)));
    }
    first += tree.feature.length;
  }
  const membership = Uint8Array.from(goesLeft);
  return { roots, feature, threshold, firstCategory, goesLeft: membership, left, right, value };
}

type Encoder = (value: number | string | null) => number;

/** Returns the function that turns a feature's value into the number that the trees compare. */
function encoderOf(feature: Model['features'][number]): Encoder {
  if (feature.kind === 'number') {
    const { impute } = feature;
    return (value) => (typeof value === 'number' ? value : impute);
  }
  const numbers = new Map<unknown, number>(feature.categories.map((category, number) => [category, number]));
  const unseen = feature.categories.length;
  return (value) => numbers.get(value) ?? unseen;
}
