import { isModelVersion } from '../shared/model-version.ts';
import { type FeatureName, featureKinds } from './features.ts';

/**
 * A trained model: gradient-boosted trees, as train_fraud_model.py writes them.
 * @see docs/adr/0013-fraud-model.md
 */
export interface Model {
  readonly version: string;
  /** Transactions with this score or more are flagged as fraud. */
  readonly threshold: number;
  readonly features: readonly ModelFeature[];
  readonly trees: readonly Tree[];
  readonly calibration: Calibration;
}

/**
 * Beta calibration: the log-odds of fraud are `a * log(p) - b * log(1 - p) + c`, where p is the logistic
 * function of the margin, to which the trees' values add up. With a and b above 0 they grow with the margin.
 */
interface Calibration {
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

type ModelFeature =
  | { readonly name: FeatureName; readonly kind: 'number'; readonly impute: number }
  /**
   * A category's number is its index in `categories`. Null and unknown values have the number after the last.
   */
  | { readonly name: FeatureName; readonly kind: 'category'; readonly categories: readonly string[] };

/** Each array has one value per node. The root is node 0, and children come after their parent. */
interface Tree {
  readonly weight: number;
  /** Index of the feature that the node splits on; -1 for a leaf. */
  readonly feature: readonly number[];
  /** For a split on a number: values up to this go left. */
  readonly threshold: readonly number[];
  /** For a split on a category: the numbers that go left; null for other nodes. */
  readonly categories: readonly (readonly number[] | null)[];
  /** -1 for a leaf. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What a leaf adds to the margin, and what an inner node would add if it were a leaf. */
  readonly value: readonly number[];
}

/** Of the text of model.json. */
export const maxModelBytes = 16 * 1024 * 1024;
const maxTrees = 1_000;
const maxNodes = 4_096;
const maxMagnitude = 1e9;
const maxCategories = 1_000;
/** Of all trees: a score takes at most half as many steps. The shipped model has 3,770. */
const maxNodesOfAll = 100_000;
/** Categories over all splits on a category. A scorer has a byte for each; the shipped model has 7,087. */
const maxSplitCategories = 1_000_000;
const link = 'beta: log-odds = a * log(p) - b * log(1 - p) + c, with p = 1 / (1 + exp(-margin))';
/** Models of the format 1, made until November 2026, have no calibration, and half of the margin. */
const uncalibratedLink = 'logistic: probability = 1 / (1 + exp(-2 * margin))';
const uncalibrated: Calibration = { a: 1, b: 1, c: 0 };

/**
 * Reads the text of model.json and checks all of it. Scoring with the returned model always ends, and gives a
 * score from 0 to 1.
 * @throws Error that names the place in the file, what was found and what was expected
 */
export function parseModel(text: string): Model {
  const root = recordAt('', parseJson(text));
  expectAt('format', root.format, root.format === 1 || root.format === 2, '1 or 2');
  const calibration = root.format === 1 ? uncalibrated : parseCalibration(root.calibration);
  const expectedLink = root.format === 1 ? uncalibratedLink : link;
  expectAt('link', root.link, root.link === expectedLink, expectedLink);
  const version = root.version;
  expectAt('version', version, isModelVersion(version), 'a version');
  expectAt(
    'threshold',
    root.threshold,
    isNumber(root.threshold) && root.threshold > 0 && root.threshold <= 1,
    'a number above 0 and up to 1',
  );
  const features = listAt('features', root.features, 100).map((each, at) =>
    parseFeature(`features[${at}]`, each),
  );
  const names = features.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  expectAt('features', twice, twice === undefined, 'each feature once');
  const read = listAt('trees', root.trees, maxTrees).map((each, at) =>
    parseTree(`trees[${at}]`, each, features),
  );
  checkCost(read, features);
  const trees = root.format === 1 ? read.map((tree) => ({ ...tree, weight: 2 * tree.weight })) : read;
  return { version: version as string, threshold: root.threshold as number, features, trees, calibration };
}

function parseCalibration(value: unknown): Calibration {
  const { a, b, c } = recordAt('calibration', value);
  expectAt('calibration.a', a, isNumber(a) && a > 0, 'a number above 0');
  expectAt('calibration.b', b, isNumber(b) && b > 0, 'a number above 0');
  expectAt('calibration.c', c, isNumber(c), 'a number');
  return { a: a as number, b: b as number, c: c as number };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('model.json: expected JSON', { cause });
  }
}

function parseFeature(place: string, value: unknown): ModelFeature {
  const { name, kind, impute, categories } = recordAt(place, value);
  expectAt(`${place}.name`, name, isText(name) && Object.hasOwn(featureKinds, name), 'a known feature');
  const known = name as FeatureName;
  expectAt(`${place}.kind`, kind, kind === featureKinds[known], featureKinds[known]);
  if (kind === 'number') {
    expectAt(`${place}.impute`, impute, isNumber(impute), 'a number');
    return { name: known, kind, impute: impute as number };
  }
  expectAt(
    `${place}.impute`,
    impute,
    impute === null,
    'null, since a missing category is a category of its own',
  );
  const texts = listAt(`${place}.categories`, categories, maxCategories);
  const distinct = texts.every(isText) && new Set(texts).size === texts.length;
  expectAt(`${place}.categories`, categories, distinct, 'a list of different texts');
  return { name: known, kind: 'category', categories: texts as string[] };
}

function parseTree(place: string, value: unknown, features: readonly ModelFeature[]): Tree {
  const { weight, ...arrays } = recordAt(place, value);
  expectAt(`${place}.weight`, weight, isNumber(weight), 'a number');
  const size = listAt(`${place}.feature`, arrays.feature, maxNodes).length;
  const column = (name: string, fits: (each: unknown) => boolean, expected: string): unknown[] => {
    const list = listAt(`${place}.${name}`, arrays[name], maxNodes);
    expectAt(`${place}.${name}`, list.length, list.length === size, `${size} values`);
    for (const [at, each] of list.entries()) expectAt(`${place}.${name}[${at}]`, each, fits(each), expected);
    return list;
  };
  const isIndex = (each: unknown) => Number.isInteger(each) && (each as number) >= -1;
  const tree = {
    weight,
    feature: column('feature', isIndex, 'the index of a feature, or -1'),
    threshold: column('threshold', isNumber, 'a number'),
    categories: column('categories', (each) => each === null || Array.isArray(each), 'a list or null'),
    left: column('left', isIndex, 'the index of a node, or -1'),
    right: column('right', isIndex, 'the index of a node, or -1'),
    value: column('value', isNumber, 'a number'),
  } as Tree;
  checkShape(place, tree, features);
  return tree;
}

/**
 * Checks that each node but the root is the child of exactly one earlier node: so there are no cycles and no
 * stray nodes.
 */
function checkShape(place: string, tree: Tree, features: readonly ModelFeature[]): void {
  const parents = tree.feature.map(() => 0);
  for (const [node, at] of tree.feature.entries()) {
    const children = [tree.left[node] as number, tree.right[node] as number];
    const where = `${place}, node ${node}`;
    if (at === -1) {
      expectAt(
        where,
        children,
        children.every((child) => child === -1),
        'no children of a leaf',
      );
      continue;
    }
    for (const child of children) {
      expectAt(where, child, child > node && child < parents.length, 'two children with higher indexes');
      parents[child] = (parents[child] ?? 0) + 1;
    }
    const feature = features[at];
    if (!feature) throw new Error(`model.json: ${where}: found feature ${at}, expected a listed feature`);
    const goLeft = tree.categories[node];
    if (feature.kind === 'number') {
      expectAt(where, goLeft, goLeft === null, `null, since ${feature.name} is a number`);
      continue;
    }
    const isCategory = (each: number) =>
      Number.isInteger(each) && each >= 0 && each <= feature.categories.length;
    expectAt(where, goLeft, goLeft?.every(isCategory) ?? false, `categories of ${feature.name}`);
  }
  const stray = parents.findIndex((count, node) => count !== (node === 0 ? 0 : 1));
  expectAt(`${place}, node ${stray}`, parents[stray], stray === -1, 'exactly one parent');
}

/**
 * Bounds the time and the memory of a scorer. A function makes and uses it between two requests, so a large
 * model would delay their answers.
 */
function checkCost(trees: readonly Tree[], features: readonly ModelFeature[]): void {
  const splits = trees.flatMap(({ feature }) => feature);
  expectAt('trees', splits.length, splits.length <= maxNodesOfAll, `at most ${maxNodesOfAll} nodes in all`);
  const categories = splits.reduce((sum, at) => {
    const feature = features[at];
    return sum + (feature?.kind === 'category' ? feature.categories.length + 1 : 0);
  }, 0);
  const most = `at most ${maxSplitCategories} categories over all splits`;
  expectAt('trees', categories, categories <= maxSplitCategories, most);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Math.abs(value) <= maxMagnitude;

function recordAt(place: string, value: unknown): { readonly [name: string]: unknown } {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  expectAt(place, value, isRecord, 'an object');
  return value as { [name: string]: unknown };
}

function listAt(place: string, value: unknown, max: number): unknown[] {
  const fits = Array.isArray(value) && value.length > 0 && value.length <= max;
  expectAt(place, Array.isArray(value) ? `${value.length} values` : value, fits, `1 to ${max} values`);
  return value as unknown[];
}

function expectAt(place: string, found: unknown, holds: boolean, expected: string): void {
  if (holds) return;
  const text = (JSON.stringify(found) ?? 'nothing').slice(0, 60).toWellFormed();
  throw new Error(`model.json: ${place || 'the file'}: found ${text}, expected ${expected}`);
}
