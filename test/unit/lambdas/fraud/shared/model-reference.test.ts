import { expect, test } from '@jest/globals';
import model from '../../../../../lambdas/fraud/score-transaction/shipped-model/model.json' with {
  type: 'json',
};
import shipped from '../../../../../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import { binOf, modelReferenceFrom } from '../../../../../lambdas/fraud/shared/model-reference.ts';
import { dimensions } from '../../../../../lambdas/shared/metrics/segments.ts';

const amount = {
  kind: 'number',
  edges: [0, 1.5],
  counts: [1, 20, 3],
  missing: 0,
  total: 24,
  quantiles: [-1, 9],
};
const channel = { kind: 'category', categories: ['pos', 'atm'], counts: [5, 6, 0], missing: 1, total: 12 };
const reference = (features: object) => ({ version: 'v1', features });

test('a reference is read, and unknown fields are ignored', () => {
  expect(modelReferenceFrom(reference({ amount, channel }))).toEqual({
    version: 'v1',
    features: new Map(
      Object.entries({
        amount: {
          bins: { kind: 'number', edges: [-1, 0, 1.5, 9 + 2 ** -49] },
          histogram: { counts: [0, 1, 20, 3, 0], missing: 0 },
        },
        channel: {
          bins: { kind: 'category', categories: ['pos', 'atm'] },
          histogram: { counts: [5, 6, 0], missing: 1 },
        },
      }),
    ),
  });
});

test('numbers outside the reference have bins of their own, so that a change of a constant shows', () => {
  const constant = { kind: 'number', edges: [], counts: [9], missing: 1, quantiles: [7, 7, 7] };
  const { bins, histogram } = modelReferenceFrom(reference({ constant })).features.get('constant') ?? {};
  expect(histogram).toEqual({ counts: [0, 9, 0], missing: 1 });
  const binsOf = [6.999, 7, 7.001].map((value) => bins && binOf(bins, value));
  expect(binsOf).toEqual([0, 1, 2]);

  const never = { kind: 'number', edges: [], counts: [0], missing: 10, quantiles: [] };
  expect(modelReferenceFrom(reference({ never })).features.get('never')).toEqual({
    bins: { kind: 'number', edges: [] },
    histogram: { counts: [0], missing: 10 },
  });
});

test('the features of a segment have the bins of those of all', () => {
  const segmentFeatures = { channel: { atm: { amount: [0, 5, 1, 2], channel: [0, 8, 0, 0] } } };
  const read = modelReferenceFrom({ ...reference({ amount, channel }), segmentFeatures });
  expect(read.segmentFeatures?.get('channel')?.get('atm')).toEqual(
    new Map([
      ['amount', { counts: [0, 0, 5, 1, 0], missing: 2 }],
      ['channel', { counts: [0, 8, 0], missing: 0 }],
    ]),
  );
  const wrong = { channel: { atm: { amount: [0, 5] } } };
  expect(() => modelReferenceFrom({ ...reference({ amount, channel }), segmentFeatures: wrong })).toThrow(
    'segmentFeatures.channel.atm.amount.counts: found [0], expected 3 counts, one for each bin',
  );
});

test('the reference of the shipped model is valid, and the features of its segments add up to those of all', () => {
  const { version, features, segmentFeatures } = modelReferenceFrom(shipped);
  for (const dimension of dimensions)
    for (const [feature, { histogram }] of features) {
      const parts = [...(segmentFeatures?.get(dimension)?.values() ?? [])].map((each) => each.get(feature));
      expect(
        histogram.counts.map((_, bin) => parts.reduce((sum, part) => sum + (part?.counts[bin] ?? 0), 0)),
      ).toEqual(histogram.counts);
    }
  expect(version).toBe(model.version);
  expect([...features.keys()].sort()).toEqual(model.features.map(({ name }) => name).sort());
});

test.each([
  ['that is no object', [], 'reference: found [], expected a JSON object'],
  ['without a version', { features: {} }, 'version: found undefined, expected a text'],
  ['without features', { version: 'v1' }, 'features: found undefined, expected a JSON object'],
  ['with an unknown kind', reference({ a: { ...amount, kind: 'text' } }), 'features.a.kind: found "text"'],
  ['with decreasing edges', reference({ a: { ...amount, edges: [1, 0] } }), 'features.a.edges: found [1,0]'],
  ['with repeated edges', reference({ a: { ...amount, edges: [1, 1] } }), 'features.a.edges: found [1,1]'],
  [
    'with an edge that is no number',
    reference({ a: { ...amount, edges: [0, null] } }),
    'features.a.edges: found [0,null]',
  ],
  [
    'with a category twice',
    reference({ a: { ...channel, categories: ['x', 'x'] } }),
    'features.a.categories: found',
  ],
  [
    'with too few counts',
    reference({ a: { ...amount, counts: [1, 2] } }),
    'expected 3 counts, one for each bin',
  ],
  ['with a count below 0', reference({ a: { ...amount, counts: [1, 2, -1] } }), 'expected a list of counts'],
  [
    'without the count of missing values',
    reference({ a: { ...amount, missing: undefined } }),
    'features.a.missing: found undefined',
  ],
])('a reference %s is refused, and the error names the field', (_, json, message) => {
  expect(() => modelReferenceFrom(json)).toThrow(message);
});
