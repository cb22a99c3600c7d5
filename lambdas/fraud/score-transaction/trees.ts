import type { FeatureName, Features } from './features.ts';
import { leafMasks } from './leaf-masks.ts';
import type { Model } from './model.ts';

/** A model made ready for scoring. It keeps no state between calls. */
export interface Scorer {
  readonly version: string;
  readonly threshold: number;
  /** What it reads. */
  readonly features: readonly FeatureName[];
  /** The probability of fraud, from 0 to 1, as the trainer gives it. */
  score(features: Features): number;
  /**
   * What each feature adds to the margin: the log-odds before calibration. On the way to a leaf, each step's
   * change of the node's value is credited to the feature of the split (A. Saabas, "Interpreting random
   * forests"). The contributions and the values of the roots add up to the margin.
   */
  contributions(features: Features): Map<FeatureName, number>;
}

export function makeScorer(model: Model): Scorer {
  const { roots, split, limit, toRight, value, goesLeft, thresholds } = flatten(model);
  const { a, b, c } = model.calibration;
  const encoders = model.features.map((feature, at) => encoderOf(feature, thresholds[at] as Float64Array));
  const names = model.features.map(({ name }) => name);
  const input = new Int32Array(names.length);

  const encode = (features: Features): void => {
    for (let at = 0; at < encoders.length; at++)
      input[at] = (encoders[at] as Encoder)(features[names[at] as FeatureName]);
  };

  /** Without a branch on the comparison, which the processor would mispredict half of the time. */
  const childOf = (node: number, at: number): number => {
    const most = limit[node] as number;
    const isRight =
      at >= 0
        ? (most - (input[at] as number)) >> 31
        : (goesLeft[most + (input[~at] as number)] as number) - 1;
    return node + 1 + ((toRight[node] as number) & isRight);
  };

  const walk = (): number => {
    let margin = 0;
    for (const root of roots) {
      let node = root;
      for (let at = split[node] as number; at !== leaf; at = split[node] as number) node = childOf(node, at);
      margin += value[node] as number;
    }
    return margin;
  };
  const marginOf = leafMasks(model, thresholds) ?? walk;

  return {
    version: model.version,
    threshold: model.threshold,
    features: names,
    score(features) {
      encode(features);
      const margin = marginOf(input);
      // -log(p) and -log(1 - p) without overflow.
      const rest = Math.log1p(Math.exp(-Math.abs(margin)));
      const logOdds = b * (Math.max(margin, 0) + rest) - a * (Math.max(-margin, 0) + rest) + c;
      return 1 / (1 + Math.exp(-logOdds));
    },
    contributions(features) {
      encode(features);
      const added = new Float64Array(names.length);
      for (const root of roots) {
        let node = root;
        for (let at = split[node] as number; at !== leaf; at = split[node] as number) {
          const child = childOf(node, at);
          const feature = at >= 0 ? at : ~at;
          added[feature] = (added[feature] as number) + (value[child] as number) - (value[node] as number);
          node = child;
        }
      }
      return new Map(names.map((name, at) => [name, added[at] as number]));
    },
  };
}

/** In `split`, in place of a feature. There are at most 100 features. */
const leaf = 127;

/**
 * Lays all trees one after the other in flat arrays, each node before its left subtree and that before the
 * right one. A step reads three small arrays of whole numbers, and creates no object.
 */
function flatten({ trees, features }: Model) {
  const size = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const thresholds = features.map((_, splitOn) => thresholdsOf(trees, splitOn));
  /** The feature that the node splits on; its complement (`~`) for a category; `leaf` for a leaf. */
  const split = new Int8Array(size).fill(leaf);
  /** For a number, the place of its threshold; for a category, where it begins in `goesLeft`. */
  const limit = new Int32Array(size);
  /** From the left child, which follows its parent, to the right one. */
  const toRight = new Int32Array(size);
  /** The value of the node, times the weight of its tree. */
  const value = new Float64Array(size);
  const goesLeft: number[] = [];
  let next = 0;

  const add = (tree: Tree, node: number): void => {
    const at = next++;
    value[at] = (tree.value[node] ?? 0) * tree.weight;
    const splitOn = tree.feature[node] ?? -1;
    const feature = features[splitOn];
    if (feature === undefined) return;
    if (feature.kind === 'number') {
      split[at] = splitOn;
      limit[at] = thresholdsBelow(thresholds[splitOn] as Float64Array, tree.threshold[node] ?? 0);
    } else {
      split[at] = ~splitOn;
      limit[at] = goesLeft.length;
      const categories = tree.categories[node] ?? [];
      for (let each = 0; each <= feature.categories.length; each++)
        goesLeft.push(Number(categories.includes(each)));
    }
    add(tree, tree.left[node] ?? 0);
    toRight[at] = next - (at + 1);
    add(tree, tree.right[node] ?? 0);
  };

  const roots = Int32Array.from(trees, (tree) => {
    const root = next;
    add(tree, 0);
    return root;
  });
  return { roots, split, limit, toRight, value, goesLeft: Uint8Array.from(goesLeft), thresholds };
}

type Tree = Model['trees'][number];

/** The different thresholds of a feature over all trees, in ascending order. */
function thresholdsOf(trees: readonly Tree[], splitOn: number): Float64Array {
  const all = trees.flatMap(({ feature, threshold }) =>
    threshold.filter((_, node) => feature[node] === splitOn),
  );
  return Float64Array.from(new Set(all)).sort();
}

/**
 * The number of thresholds below the value. It is at most the place of a threshold if, and only if, the value
 * is at most that threshold. So trees can compare these whole numbers in place of the values.
 */
function thresholdsBelow(thresholds: Float64Array, value: number): number {
  let [low, high] = [0, thresholds.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((thresholds[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

type Encoder = (value: number | string | null) => number;

/** Returns the function that turns a feature's value into the number that the trees compare. */
function encoderOf(feature: Model['features'][number], thresholds: Float64Array): Encoder {
  if (feature.kind === 'number') {
    const { impute } = feature;
    return (value) => thresholdsBelow(thresholds, typeof value === 'number' ? value : impute);
  }
  const numbers = new Map<unknown, number>(feature.categories.map((category, number) => [category, number]));
  const unseen = feature.categories.length;
  return (value) => numbers.get(value) ?? unseen;
}
