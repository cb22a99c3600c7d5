import { expect, test } from '@jest/globals';
import { modelReferenceFrom } from '../../../../lambdas/shared/model-reference.ts';

const amount = {
  kind: 'number',
  edges: [0, 1.5],
  counts: [1, 20, 3],
  missing: 0,
  total: 24,
  quantiles: [0, 1],
};
const channel = { kind: 'category', categories: ['pos', 'atm'], counts: [5, 6], missing: 1, total: 12 };
const reference = (features: object) => ({ version: 'v1', features });

test('a reference is read, other names passed over, and given a bin for categories it has not seen', () => {
  expect(modelReferenceFrom(reference({ amount, channel }))).toEqual({
    version: 'v1',
    features: new Map(
      Object.entries({
        amount: {
          bins: { kind: 'number', edges: [0, 1.5] },
          histogram: { counts: [1, 20, 3], missing: 0 },
        },
        channel: {
          bins: { kind: 'category', categories: ['pos', 'atm'] },
          histogram: { counts: [5, 6, 0], missing: 1 },
        },
      }),
    ),
  });
  const withUnseen = reference({ channel: { ...channel, counts: [5, 6, 7] } });
  expect(modelReferenceFrom(withUnseen).features.get('channel')?.histogram.counts).toEqual([5, 6, 7]);
});

test.each([
  ['no object', [], 'reference: found [], expected a JSON object'],
  ['no version', { features: {} }, 'version: found undefined, expected a text'],
  ['no features', { version: 'v1' }, 'features: found undefined, expected a JSON object'],
  ['an unknown kind', reference({ a: { ...amount, kind: 'text' } }), 'features.a.kind: found "text"'],
  ['edges that fall', reference({ a: { ...amount, edges: [1, 0] } }), 'features.a.edges: found [1,0]'],
  ['edges that repeat', reference({ a: { ...amount, edges: [1, 1] } }), 'features.a.edges: found [1,1]'],
  [
    'edges that are no numbers',
    reference({ a: { ...amount, edges: [0, null] } }),
    'features.a.edges: found [0,null]',
  ],
  [
    'a category twice',
    reference({ a: { ...channel, categories: ['x', 'x'] } }),
    'features.a.categories: found',
  ],
  ['too few counts', reference({ a: { ...amount, counts: [1, 2] } }), 'expected 3 counts, one for each bin'],
  ['a count below 0', reference({ a: { ...amount, counts: [1, 2, -1] } }), 'expected a list of counts'],
  [
    'nothing missing',
    reference({ a: { ...amount, missing: undefined } }),
    'features.a.missing: found undefined',
  ],
])('a reference with %s is refused', (_, json, message) => {
  expect(() => modelReferenceFrom(json)).toThrow(message);
});
