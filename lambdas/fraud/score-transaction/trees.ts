import type { FeatureName, Features } from './features.ts';
import type { Model } from './model.ts';

/** A model made ready: it can be asked as often as one likes, and keeps nothing of what it is asked. */
export interface Scorer {
  readonly version: string;
  readonly threshold: number;
  /** How likely the transaction is a fraud, 0 to 1: what Spark's own model says of it. */
  score(features: Features): number;
  /**
   * What each feature added to the margin (half the log-odds of the score), compared with what the trees say of nothing in particular: on the way
   * to a leaf, each step's change of the mean is put to the feature that was asked (A. Saabas, "Interpreting random forests").
   */
  contributions(features: Features): Map<FeatureName, number>;
}

/** All trees one after the other in flat arrays: a step to a child costs some reads, and no object. */
export function makeScorer(model: Model): Scorer {
  const size = model.trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const feature = new Int16Array(size);
  const threshold = new Float64Array(size);
  /** Where the node's categories begin in `goesLeft`; -1 for a split by threshold. */
  const firstCategory = new Int32Array(size).fill(-1);
  const left = new Int32Array(size);
  const right = new Int32Array(size);
  /** Weighted. */
  const value = new Float64Array(size);
  const roots = new Int32Array(model.trees.length);
  const goesLeft: number[] = [];

  let first = 0;
  for (const [number, tree] of model.trees.entries()) {
    roots[number] = first;
    for (const [node, asked] of tree.feature.entries()) {
      const at = first + node;
      feature[at] = asked;
      threshold[at] = tree.threshold[node] ?? 0;
      left[at] = first + (tree.left[node] ?? 0);
      right[at] = first + (tree.right[node] ?? 0);
      value[at] = (tree.value[node] ?? 0) * tree.weight;
      const categories = tree.categories[node];
      const asks = model.features[asked];
      if (!categories || asks?.kind !== 'category') continue;
      firstCategory[at] = goesLeft.length;
      for (let each = 0; each <= asks.categories.length; each++)
        goesLeft.push(Number(categories.includes(each)));
    }
    first += tree.feature.length;
  }

  const encoders = model.features.map(encoderOf);
  const names = model.features.map(({ name }) => name);
  const input = new Float64Array(names.length);
  const membership = Uint8Array.from(goesLeft);

  const encode = (features: Features): void => {
    for (let at = 0; at < encoders.length; at++)
      input[at] = (encoders[at] as Encoder)(features[names[at] as FeatureName]);
  };

  const childOf = (node: number, asked: number): number => {
    const found = input[asked] as number;
    const categories = firstCategory[node] as number;
    const isLeft =
      categories < 0 ? found <= (threshold[node] as number) : membership[categories + found] === 1;
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
        for (let asked = feature[node] as number; asked >= 0; asked = feature[node] as number)
          node = childOf(node, asked);
        margin += value[node] as number;
      }
      return 1 / (1 + Math.exp(-2 * margin));
    },
    contributions(features) {
      encode(features);
      const added = new Float64Array(names.length);
      for (const root of roots) {
        let node = root;
        for (let asked = feature[node] as number; asked >= 0; asked = feature[node] as number) {
          const child = childOf(node, asked);
          added[asked] = (added[asked] as number) + (value[child] as number) - (value[node] as number);
          node = child;
        }
      }
      return new Map(names.map((name, at) => [name, added[at] as number]));
    },
  };
}

type Encoder = (value: number | string | null) => number;

function encoderOf(feature: Model['features'][number]): Encoder {
  if (feature.kind === 'number') {
    const { impute } = feature;
    return (value) => (typeof value === 'number' ? value : impute);
  }
  const numbers = new Map<unknown, number>(feature.categories.map((category, number) => [category, number]));
  const unseen = feature.categories.length;
  return (value) => numbers.get(value) ?? unseen;
}
