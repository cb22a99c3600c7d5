import { type FeatureName, featureKinds } from './features.ts';

/** A trained model: gradient-boosted trees, as `train_fraud_model.py` writes them. See docs/adr/0013-fraud-model.md. */
export interface Model {
  readonly version: string;
  /** A transaction whose score is at least this is a fraud. */
  readonly threshold: number;
  readonly features: readonly ModelFeature[];
  readonly trees: readonly Tree[];
}

type ModelFeature =
  | { readonly name: FeatureName; readonly kind: 'number'; readonly impute: number }
  /** A value's number is its place among the categories; what is null or not among them has the number after the last. */
  | { readonly name: FeatureName; readonly kind: 'category'; readonly categories: readonly string[] };

/** One value a node in each array; children come after their parent, and the root is node 0. */
interface Tree {
  readonly weight: number;
  /** The place of the feature that the node splits on; -1 for a leaf. */
  readonly feature: readonly number[];
  /** For a feature that is a number: values up to this go left. */
  readonly threshold: readonly number[];
  /** For a feature that is a category: the numbers of those that go left; null for other nodes. */
  readonly categories: readonly (readonly number[] | null)[];
  /** -1 for a leaf. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What the training rows that came to the node were worth on average; of a leaf, its prediction. */
  readonly value: readonly number[];
}

const maxTrees = 1_000;
const maxNodes = 4_096;
const maxMagnitude = 1e9;
const maxCategories = 1_000;
const link = 'logistic: probability = 1 / (1 + exp(-2 * margin))';

/**
 * Reads the text of model.json. Nothing in it is taken on trust: whatever it returns can be evaluated, always ends, and gives
 * a score from 0 to 1.
 * @throws Error that names the place in the file, what is there and what should be
 */
export function parseModel(text: string): Model {
  const root = recordAt('', parseJson(text));
  expectAt('format', root.format, root.format === 1, '1');
  expectAt('link', root.link, root.link === link, link);
  const version = root.version;
  expectAt('version', version, isText(version) && versionShape.test(version), 'a version');
  expectAt(
    'threshold',
    root.threshold,
    isNumber(root.threshold) && root.threshold > 0 && root.threshold <= 1,
    'a number above 0, up to 1',
  );
  const features = listAt('features', root.features, 100).map((each, at) =>
    parseFeature(`features[${at}]`, each),
  );
  const names = features.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  expectAt('features', twice, twice === undefined, 'each feature once');
  const trees = listAt('trees', root.trees, maxTrees).map((each, at) =>
    parseTree(`trees[${at}]`, each, features),
  );
  return { version: version as string, threshold: root.threshold as number, features, trees };
}

const versionShape = /^[A-Za-z0-9._:-]{1,64}$/;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('model.json: found no JSON, expected a model', { cause });
  }
}

function parseFeature(place: string, value: unknown): ModelFeature {
  const { name, kind, impute, categories } = recordAt(place, value);
  expectAt(
    `${place}.name`,
    name,
    isText(name) && Object.hasOwn(featureKinds, name),
    'a feature that is known',
  );
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
    'null: what is missing counts as a category of its own',
  );
  const texts = listAt(`${place}.categories`, categories, maxCategories);
  const distinct = texts.every(isText) && new Set(texts).size === texts.length;
  expectAt(`${place}.categories`, categories, distinct, 'texts, each once');
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
  const isPlace = (each: unknown) => Number.isInteger(each) && (each as number) >= -1;
  const tree = {
    weight,
    feature: column('feature', isPlace, 'the place of a feature, or -1'),
    threshold: column('threshold', isNumber, 'a number'),
    categories: column('categories', (each) => each === null || Array.isArray(each), 'a list or null'),
    left: column('left', isPlace, 'the place of a node, or -1'),
    right: column('right', isPlace, 'the place of a node, or -1'),
    value: column('value', isNumber, 'a number'),
  } as Tree;
  checkShape(place, tree, features);
  return tree;
}

/** Each node but the root is the child of exactly one, which comes before it: so there is no cycle, and nothing beside the tree. */
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
        'a leaf without children',
      );
      continue;
    }
    for (const child of children) {
      expectAt(where, child, child > node && child < parents.length, 'two children, after it in the tree');
      parents[child] = (parents[child] ?? 0) + 1;
    }
    const feature = features[at];
    if (!feature) throw new Error(`model.json: ${where}: found feature ${at}, expected one of the list`);
    const goLeft = tree.categories[node];
    if (feature.kind === 'number') {
      expectAt(where, goLeft, goLeft === null, `no categories, since ${feature.name} is a number`);
      continue;
    }
    const isCategory = (each: number) =>
      Number.isInteger(each) && each >= 0 && each <= feature.categories.length;
    expectAt(where, goLeft, goLeft?.every(isCategory) ?? false, `categories of ${feature.name}`);
  }
  const stray = parents.findIndex((count, node) => count !== (node === 0 ? 0 : 1));
  expectAt(`${place}, node ${stray}`, parents[stray], stray === -1, 'a child of exactly one node');
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
  throw new Error(`model.json: ${place || 'the whole'}: found ${text}, expected ${expected}`);
}
