import type { Model } from './model.ts';

type Tree = Model['trees'][number];

/** Two trees share a whole number of 32 bits. */
const mostLeaves = 16;
/** Tables of this size stay in the processor's cache. */
const mostBytes = 4 * 1024 * 1024;

/**
 * The margin of the trees, computed without walking through them (Lucchese and others, "QuickScorer", 2015).
 * Each tree has a bit for each of its leaves, from left to right. A node that sends the row to the right
 * clears the bits of its left subtree. The lowest bit that is left is the leaf of the row. Which nodes do so
 * depends on each feature by itself, so a table has the bits for each of its encoded values. A score is one
 * AND for each feature and pair of trees, over consecutive numbers.
 *
 * Undefined for trees with more leaves, or for a large table.
 * @param thresholds of each feature: a number is encoded as how many of them lie below it
 */
export function leafMasks(
  { trees, features }: Pick<Model, 'trees' | 'features'>,
  thresholds: readonly Float64Array[],
): ((encoded: Int32Array) => number) | undefined {
  const words = Math.ceil(trees.length / 2);
  const values = new Float64Array(words * 2 * mostLeaves);
  // The first row clears nothing. It fills up the last group of features.
  const firstRow = [1];
  for (const [at, feature] of features.entries()) {
    const encoded = feature.kind === 'number' ? (thresholds[at]?.length ?? 0) : feature.categories.length;
    firstRow.push((firstRow[at] ?? 0) + encoded + 1);
  }
  const rows = firstRow.at(-1) ?? 1;
  if (trees.some(({ left }) => left.filter((child) => child === -1).length > mostLeaves)) return undefined;
  if (rows * words * Int32Array.BYTES_PER_ELEMENT > mostBytes) return undefined;

  const masks = new Int32Array(rows * words).fill(-1);
  for (const [number, tree] of trees.entries()) {
    const clear = (node: number, bits: number) => {
      const at = tree.feature[node] ?? 0;
      const isRight = goesRight(tree, node, thresholds[at]);
      for (let encoded = 0; encoded < (firstRow[at + 1] ?? 0) - (firstRow[at] ?? 0); encoded++) {
        if (!isRight(encoded)) continue;
        const place = ((firstRow[at] ?? 0) + encoded) * words + (number >> 1);
        masks[place] = (masks[place] ?? 0) & ~(bits << ((number & 1) * mostLeaves));
      }
    };
    let leaf = 0;
    /** Returns the bits of the leaves below the node. */
    const visit = (node: number): number => {
      if (tree.feature[node] === -1) {
        values[number * mostLeaves + leaf] = (tree.value[node] ?? 0) * tree.weight;
        return 1 << leaf++;
      }
      const left = visit(tree.left[node] ?? 0);
      clear(node, left);
      return left | visit(tree.right[node] ?? 0);
    };
    visit(0);
  }

  const starts = new Int32Array(4 * Math.ceil(features.length / 4));
  const left = new Int32Array(words);
  return (encoded) => {
    for (let at = 0; at < encoded.length; at++)
      starts[at] = ((firstRow[at] as number) + (encoded[at] as number)) * words;
    left.fill(-1);
    for (let at = 0; at < starts.length; at += 4) {
      const one = starts[at] as number;
      const two = starts[at + 1] as number;
      const three = starts[at + 2] as number;
      const four = starts[at + 3] as number;
      for (let word = 0; word < words; word++)
        left[word] =
          (left[word] as number) &
          (masks[one + word] as number) &
          (masks[two + word] as number) &
          (masks[three + word] as number) &
          (masks[four + word] as number);
    }
    let margin = 0;
    for (let word = 0; word < words; word++) {
      const both = left[word] as number;
      const second = both >>> mostLeaves;
      const place = word * 2 * mostLeaves;
      margin += values[place + lowestBit(both)] as number;
      margin += values[place + mostLeaves + lowestBit(second)] as number;
    }
    return margin;
  };
}

const lowestBit = (bits: number): number => 31 - Math.clz32(bits & -bits);

/** Which encoded values of its feature a node sends to the right. */
function goesRight(tree: Tree, node: number, thresholds: Float64Array | undefined) {
  const goLeft = tree.categories[node];
  const place = thresholds?.indexOf(tree.threshold[node] ?? 0) ?? 0;
  return (encoded: number): boolean => (goLeft ? !goLeft.includes(encoded) : place < encoded);
}
