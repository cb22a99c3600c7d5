import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { leafMasks } from '../../../../../lambdas/fraud/score-transaction/leaf-masks.ts';
import { type Model, parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { features, smallModel } from './small-model.ts';

type Grown =
  | readonly [feature: number, threshold: number, categories: number[], left: Grown, right: Grown]
  | number;

const grown = (depth: number): fc.Arbitrary<Grown> =>
  depth === 0
    ? fc.integer({ min: -8, max: 8 })
    : fc.oneof(
        fc.integer({ min: -8, max: 8 }),
        fc.tuple(
          fc.nat(2),
          fc.integer({ min: -2, max: 5 }),
          fc.uniqueArray(fc.nat(2)),
          fc.constant(0).chain(() => grown(depth - 1)),
          fc.constant(0).chain(() => grown(depth - 1)),
        ),
      );

/** A tree in the form of model.json: a node before its children. */
function treeOf(root: Grown, weight: number) {
  const tree = {
    weight,
    feature: [] as number[],
    threshold: [] as number[],
    categories: [] as (number[] | null)[],
    left: [] as number[],
    right: [] as number[],
    value: [] as number[],
  };
  const add = (node: Grown): number => {
    const at = tree.feature.length;
    const isLeaf = typeof node === 'number';
    tree.feature.push(isLeaf ? -1 : node[0]);
    tree.threshold.push(isLeaf || node[0] === 1 ? 0 : node[1]);
    tree.categories.push(isLeaf || node[0] !== 1 ? null : node[2]);
    tree.left.push(-1);
    tree.right.push(-1);
    tree.value.push(isLeaf ? node : 0);
    if (isLeaf) return at;
    tree.left[at] = add(node[3]);
    tree.right[at] = add(node[4]);
    return at;
  };
  add(root);
  return tree;
}

const modelWith = (trees: readonly ReturnType<typeof treeOf>[]): Model =>
  parseModel(JSON.stringify({ ...smallModel, trees }));

/** Walks through each tree, by the definition of model.json. */
const marginOf = ({ trees }: Model, amount: number, country: number, seconds: number) =>
  trees.reduce((margin, tree) => {
    let node = 0;
    while (tree.feature[node] !== -1) {
      const at = tree.feature[node];
      const isLeft =
        at === 1
          ? tree.categories[node]?.includes(country)
          : (at === 0 ? amount : seconds) <= (tree.threshold[node] ?? 0);
      node = (isLeft ? tree.left[node] : tree.right[node]) ?? 0;
    }
    return margin + (tree.value[node] ?? 0) * tree.weight;
  }, 0);

test('masks give the margin of walking through the trees, also for an odd number of them and a lone leaf', () => {
  const value = fc.integer({ min: -3, max: 6 });
  const anyTrees = fc.array(fc.tuple(grown(4), fc.constantFrom(0.5, 1, 3)), { minLength: 1, maxLength: 7 });
  fc.assert(
    fc.property(anyTrees, value, fc.nat(2), value, (trees, amount, country, seconds) => {
      const model = modelWith(trees.map(([root, weight]) => treeOf(root, weight)));
      const thresholds = [0, 1, 2].map((at) =>
        Float64Array.from(
          new Set(
            model.trees.flatMap(({ feature, threshold }) =>
              threshold.filter((_, node) => feature[node] === at),
            ),
          ),
        ).sort(),
      );
      const below = (at: number, of: number) => thresholds[at]?.filter((each) => each < of).length ?? 0;
      const margin = leafMasks(
        model,
        thresholds,
      )?.(Int32Array.of(below(0, amount), country, below(2, seconds)));
      expect(margin).toBeCloseTo(marginOf(model, amount, country, seconds), 12);
    }),
    { numRuns: 500 },
  );
});

/** A tree with a leaf for each whole number from 0 on. */
const chain = (leaves: number, from = 0): Grown =>
  leaves === 1 ? from : [0, from, [], from, chain(leaves - 1, from + 1)];

test('16 leaves are the most of a tree, and trees with more are walked through', () => {
  const thresholds = Float64Array.from({ length: 16 }, (_, at) => at);
  const [most, more] = [16, 17].map((leaves) => modelWith([treeOf(chain(leaves), 0.01)]));
  for (const amount of [-1, 0, 0.5, 14, 15, 99]) {
    const encoded = Int32Array.of(thresholds.filter((each) => each < amount).length, 0, 0);
    const given = { ...features, amount_log: amount };
    if (!most || !more) throw new Error('there is no model');
    const leaf = Math.max(0, Math.ceil(amount));
    expect(
      leafMasks(most, [thresholds.subarray(0, 15), ...[1, 2].map(() => new Float64Array())])?.(
        encoded.map((each) => Math.min(each, 15)),
      ),
    ).toBeCloseTo(0.02 * Math.min(leaf, 15), 12);
    expect(leafMasks(more, [thresholds, ...[1, 2].map(() => new Float64Array())])).toBeUndefined();
    expect(makeScorer(more).score(given)).toBeCloseTo(1 / (1 + Math.exp(-0.02 * Math.min(leaf, 16))), 12);
  }
});

test('a table that would not fit into the cache is not made', () => {
  const many = Array.from({ length: 1_000 }, (_, at) => treeOf(chain(16, at * 16), 0.01));
  const thresholds = Float64Array.from({ length: 16_000 }, (_, at) => at);
  expect(leafMasks(modelWith(many), [thresholds, new Float64Array(), new Float64Array()])).toBeUndefined();
});
