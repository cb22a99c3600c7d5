import { expect, test } from '@jest/globals';
import { readRequest } from '../../../../../lambdas/fraud/compare-models/compare-models.ts';
import {
  evidenceFor,
  gatherEvidence,
  type ShadowRecord,
} from '../../../../../lambdas/fraud/compare-models/evidence.ts';
import { shippedScorer } from '../../../../../lambdas/fraud/score-transaction/shipped-model.ts';

const verdicts = (champion: boolean, challenger: boolean, isFraud: boolean, count: number) => ({
  ...{ champion, challenger, isFraud, count },
});
const none: ShadowRecord = { verdicts: [], scored: 0, unscored: 0 };
const ofShadow = (...of: ShadowRecord['verdicts']): ShadowRecord => ({ ...none, verdicts: of, scored: 500 });
const confusion = { truePositives: 90, falsePositives: 1, trueNegatives: 900, falseNegatives: 10 };
const figures = { precision: 0.9, recall: 0.9, accuracy: 0.9, f1: 0.9 };
const scoredNow = (changes: object = {}) => ({
  candidate: { version: 'c1', figures, confusion: { ...confusion, ...changes } },
  isBetter: true,
  reason: 'F1 0.800 → 0.900',
});

const decide = (shadow: ShadowRecord, now = scoredNow()) =>
  evidenceFor({ readShadow: async () => shadow, scoreNow: async () => now });

test.each([
  [
    'better in shadow',
    ofShadow(
      verdicts(true, true, true, 60),
      verdicts(false, true, true, 40),
      verdicts(true, false, false, 20),
    ),
    true,
    'F1 0.667 → 1.000 (+0.333, 95 % from +0.254 to +0.413): better by more than 0 (120 labelled transactions in shadow)',
  ],
  [
    'as good in shadow, but for chance',
    ofShadow(verdicts(true, true, true, 60), verdicts(false, true, true, 2), verdicts(true, false, true, 1)),
    false,
    /may be chance \(63 labelled transactions in shadow\)$/,
  ],
  [
    'better, but could not score everything',
    { ...ofShadow(verdicts(false, true, true, 60)), unscored: 3 },
    false,
    'In shadow, it could not score 3 of 503 labelled transactions',
  ],
  [
    'better on too few frauds in shadow: then it is judged by what it scores now',
    ofShadow(verdicts(false, true, true, 24)),
    true,
    'F1 0.800 → 0.900 (1001 labelled transactions since its training)',
  ],
  ['never in shadow', none, true, 'F1 0.800 → 0.900 (1001 labelled transactions since its training)'],
])('a model is judged that is %s', async (_, shadow, isBetter, reason) => {
  const decision = await decide(shadow);
  expect(decision.isBetter).toBe(isBetter);
  expect(decision.reason).toMatch(reason);
});

test('two frauds are no evidence', async () => {
  expect(await decide(none, scoredNow({ truePositives: 2, falseNegatives: 0 }))).toEqual({
    isBetter: false,
    reason: '903 labelled transactions since its training have 2 frauds, expected at least 25',
  });
});

test('a model is compared with the one in use that the pointer names, by transactions since its training', async () => {
  const asked: unknown[] = [];
  const stop = new Error('compared');
  const gathered = gatherEvidence({ version: 'c1', trainedAtMs: 7 }, 9, {
    query: async (_sql, values) => {
      asked.push(values);
      return [];
    },
    readPointer: async () => ({ version: 'v1', eTag: '"1"' }),
    readModel: async (version) => {
      asked.push(version);
      throw stop;
    },
    readGolden: async () => [],
    shipped: shippedScorer,
    readHeldOut: async function* () {},
  });
  await expect(gathered).rejects.toBe(stop);
  expect(asked).toEqual([['c1', 'v1'], 'c1']);
});

test('the function takes the request of the workflow, and that of a person', () => {
  const heldOut = { fromMs: 1, toMs: 2 };
  expect(readRequest({ version: 'v', heldOut })).toEqual({ version: 'v', heldOut });
  expect(readRequest({ version: 'v', trainedAtMs: 1 })).toEqual({ version: 'v', trainedAtMs: 1 });
  expect(() => readRequest({ trainedAtMs: 1 })).toThrow('version: found nothing');
  expect(() => readRequest({ version: 'v' })).toThrow('heldOut: expected the numbers fromMs and toMs');
});
