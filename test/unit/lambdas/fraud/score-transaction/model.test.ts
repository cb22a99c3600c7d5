import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { features, smallModel } from './small-model.ts';

type Path = readonly (string | number)[];

/** The model's text with a value changed or, for undefined, removed. */
function textWith(path: Path, value: unknown): string {
  const model = JSON.parse(JSON.stringify(smallModel));
  const last = path.at(-1) as string;
  const parent = path.slice(0, -1).reduce((at, name) => at[name], model);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return JSON.stringify(model);
}

describe('model.json', () => {
  test('a valid model.json is read', () => {
    const model = parseModel(JSON.stringify(smallModel));
    expect(model.version).toBe('small');
    expect(model.threshold).toBe(0.6);
    expect(model.features).toHaveLength(3);
    expect(model.trees).toHaveLength(2);
  });

  test.each<[string, Path, unknown]>([
    ['format: found 3, expected 1 or 2', ['format'], 3],
    ['format: found nothing, expected 1 or 2', ['format'], undefined],
    ['calibration: found nothing, expected an object', ['format'], 2],
    ['link: found "identity", expected logistic', ['link'], 'identity'],
    ['version: found "../../x", expected a version', ['version'], '../../x'],
    ['threshold: found 0, expected a number above 0', ['threshold'], 0],
    ['threshold: found null, expected a number above 0', ['threshold'], Number.NaN],
    ['features: found "0 values", expected 1 to 100', ['features'], []],
    ['features[0].name: found "shoe_size", expected a known feature', ['features', 0, 'name'], 'shoe_size'],
    ['features[0].name: found "toString", expected', ['features', 0, 'name'], 'toString'],
    ['features[0].kind: found "category", expected number', ['features', 0, 'kind'], 'category'],
    ['features[0].impute: found null, expected a number', ['features', 0, 'impute'], null],
    ['features[1].impute: found 0, expected null', ['features', 1, 'impute'], 0],
    ['features: found "amount_log", expected each feature once', ['features', 2], smallModel.features[0]],
    [
      'features[1].categories: found ["DE","DE"], expected a list of different texts',
      ['features', 1, 'categories'],
      ['DE', 'DE'],
    ],
    [
      'features[1].categories: found [7], expected a list of different texts',
      ['features', 1, 'categories'],
      [7],
    ],
    ['trees: found "0 values", expected 1 to 1000', ['trees'], []],
    ['trees: found nothing, expected 1 to 1000', ['trees'], undefined],
    ['trees[0]: found null, expected an object', ['trees', 0], null],
    ['trees[0].weight: found null, expected a number', ['trees', 0, 'weight'], Number.NaN],
    ['trees[0].value[1]: found null, expected a number', ['trees', 0, 'value', 1], null],
    ['trees[0].value[1]: found 1e+300, expected a number', ['trees', 0, 'value', 1], 1e300],
    ['trees[0].left: found 1, expected 5 values', ['trees', 0, 'left'], [1]],
    ['trees[0].left[0]: found 1.5, expected the index of a node', ['trees', 0, 'left', 0], 1.5],
    ['trees[0].feature[0]: found "amount_log", expected the index', ['trees', 0, 'feature', 0], 'amount_log'],
    ['trees[0], node 0: found feature 3, expected a listed feature', ['trees', 0, 'feature', 0], 3],
    ['trees[0], node 0: found -1, expected two children', ['trees', 0, 'left', 0], -1],
    ['trees[0], node 0: found 0, expected two children with higher indexes', ['trees', 0, 'left', 0], 0],
    ['trees[0], node 0: found 5, expected two children', ['trees', 0, 'right', 0], 5],
    ['trees[0], node 2: found 1, expected two children with higher indexes', ['trees', 0, 'left', 2], 1],
    ['trees[0], node 3: found 0, expected exactly one parent', ['trees', 0, 'left', 2], 4],
    ['trees[0], node 1: found [3,-1], expected no children of a leaf', ['trees', 0, 'left', 1], 3],
    [
      'trees[0], node 0: found [0], expected null, since amount_log is a number',
      ['trees', 0, 'categories', 0],
      [0],
    ],
    ['trees[0], node 2: found null, expected categories of country', ['trees', 0, 'categories', 2], null],
    ['trees[0], node 2: found [3], expected categories of country', ['trees', 0, 'categories', 2], [3]],
    ['trees[0].categories[2]: found "DE", expected a list or null', ['trees', 0, 'categories', 2], 'DE'],
  ])('model.json is refused with %s', (message, path, value) => {
    expect(() => parseModel(textWith(path, value))).toThrow(`model.json: ${message}`);
  });

  test.each(['', '{', 'NaN', '[]', 'null', '{"format":1}', JSON.stringify(smallModel).slice(0, -20)])(
    'model.json is refused when it is %j',
    (text) => {
      expect(() => parseModel(text)).toThrow(/^model\.json: /);
    },
  );

  /** A tree that splits on a feature until one leaf is left. */
  const chain = (splits: number, feature: number) => {
    const at = Array.from({ length: 2 * splits + 1 }, (_, node) => node);
    const isSplit = (node: number) => node % 2 === 0 && node < 2 * splits;
    return {
      weight: 1,
      feature: at.map((node) => (isSplit(node) ? feature : -1)),
      threshold: at.map((node) => (isSplit(node) && feature !== 1 ? node : 0)),
      categories: at.map((node) => (isSplit(node) && feature === 1 ? [] : null)),
      left: at.map((node) => (isSplit(node) ? node + 1 : -1)),
      right: at.map((node) => (isSplit(node) ? node + 2 : -1)),
      value: at.map(() => 0),
    };
  };
  const textOf = (trees: number, splits: number, feature: number, categories = 2) => {
    const features = smallModel.features.map((each) =>
      each.kind === 'number'
        ? each
        : { ...each, categories: Array.from({ length: categories }, (_, at) => `c${at}`) },
    );
    const tree = chain(splits, feature);
    return JSON.stringify({ ...smallModel, features, trees: Array.from({ length: trees }, () => tree) });
  };

  test('the largest model scores, and a larger one, which would delay answers, is refused', () => {
    const largest = makeScorer(parseModel(textOf(32, 1_562, 0)));
    expect(largest.score({ ...features, amount_log: 1e6 })).toBe(0.5);
    expect(() => parseModel(textOf(33, 1_562, 0))).toThrow(
      'model.json: trees: found 103125, expected at most 100000 nodes in all',
    );
    expect(() => parseModel(textOf(5, 1_000, 1, 1_000))).toThrow(
      'model.json: trees: found 5005000, expected at most 1000000 categories over all splits',
    );
  });

  test('a changed model.json is refused, or gives scores from 0 to 1', () => {
    const places: Path[] = placesOf(smallModel);
    const anyValue = fc.oneof(fc.jsonValue(), fc.integer({ min: -2, max: 6 }), fc.constant(undefined));
    fc.assert(
      fc.property(fc.constantFrom(...places), anyValue, (path, value) => {
        let model: ReturnType<typeof parseModel>;
        try {
          model = parseModel(textWith(path, value));
        } catch (error) {
          expect((error as Error).message).toMatch(/^model\.json: /);
          return;
        }
        const score = makeScorer(model).score(features);
        expect(score >= 0 && score <= 1).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** The paths of all values inside a value. */
const placesOf = (value: unknown, path: Path = []): Path[] =>
  typeof value !== 'object' || value === null
    ? [path]
    : [
        ...(path.length > 0 ? [path] : []),
        ...Object.entries(value).flatMap(([name, each]) => placesOf(each, [...path, name])),
      ];
