import { expect, test } from '@jest/globals';
import {
  compareModels,
  type GoldenRow,
  type HeldOutRow,
} from '../../../../../lambdas/fraud/compare-models/compare-models.ts';
import { emptyConfusion, figuresOf } from '../../../../../lambdas/fraud/evaluate-model/figures.ts';
import type { Features } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { decide, deviationOfGain } from '../../../../../lambdas/fraud/shared/paired-gain.ts';

/** A model that flags transactions above an amount. */
const model = (version: string, amountLog: number) =>
  JSON.stringify({
    format: 1,
    version,
    link: 'logistic: probability = 1 / (1 + exp(-2 * margin))',
    threshold: 0.5,
    features: [{ name: 'amount_log', kind: 'number', impute: 0 }],
    trees: [
      {
        weight: 1,
        feature: [0, -1, -1],
        threshold: [amountLog, 0, 0],
        categories: [null, null, null],
        left: [1, -1, -1],
        right: [2, -1, -1],
        value: [0, -1, 1],
      },
    ],
  });

/** Transactions above 5 are frauds. */
const rows: HeldOutRow[] = Array.from({ length: 100 }, (_, number) => ({
  features: { amount_log: number / 10 } as Features,
  isFraud: number / 10 > 5,
}));

/** The scores that Spark would give with the new model. */
const golden: GoldenRow[] = [0, 4.9, 5.1].map((amount_log) => ({
  features: { amount_log } as Features,
  score: 1 / (1 + Math.exp(amount_log > 5 ? -2 : 2)),
}));

function lake(current?: string, candidate = model('new', 5)) {
  return {
    readModel: async (version: string) => {
      if (version === 'new') return candidate;
      if (version === 'old' && current !== undefined) return current;
      throw new Error(`there is no ${version}`);
    },
    readGolden: async () => golden,
    readPointer: async () => (current === undefined ? undefined : { version: 'old', eTag: '"etag"' }),
    shipped: () => makeScorer(parseModel(model('shipped', 8))),
    async *readHeldOut() {
      yield rows.slice(0, 60);
      yield rows.slice(60);
    },
  };
}
const request = { version: 'new', heldOut: { fromMs: 0, toMs: 1 } };

test('both models are compared on the same transactions, each with its own threshold', async () => {
  const comparison = await compareModels(request, 0.01, lake(model('old', 7)));
  expect(comparison).toEqual({
    candidate: {
      version: 'new',
      confusion: { truePositives: 49, falsePositives: 0, trueNegatives: 51, falseNegatives: 0 },
      figures: { precision: 1, recall: 1, accuracy: 1, f1: 1 },
    },
    current: {
      version: 'old',
      eTag: '"etag"',
      confusion: { truePositives: 29, falsePositives: 0, trueNegatives: 51, falseNegatives: 20 },
      figures: { precision: 1, recall: 29 / 49, accuracy: 0.8, f1: 58 / 78 },
    },
    isBetter: true,
    reason: expect.stringMatching(
      /^F1 0\.744 → 1\.000 \(\+0\.256, 95 % from \+0\.\d+ to \+0\.\d+\): better by more than 0\.01$/,
    ),
  });
});

test('a new model is compared with the shipped model while no other is in use', async () => {
  expect(await compareModels(request, 0.01, lake())).toMatchObject({
    current: { version: 'shipped', eTag: null },
    isBetter: true,
  });
});

test('a new model is compared with the shipped model when the pointer names that', async () => {
  const rolledBack = { ...lake(), readPointer: async () => ({ version: 'shipped', eTag: '"back"' }) };
  expect(await compareModels(request, 0.01, rolledBack)).toMatchObject({
    current: { version: 'shipped', eTag: '"back"' },
    isBetter: true,
  });
});

test('a model with the same F1 is not better', async () => {
  expect(await compareModels(request, 0.01, lake(model('old', 5)))).toMatchObject({
    isBetter: false,
    reason: 'F1 1.000 → 1.000 (+0.000, 95 % from +0.000 to +0.000): not better by more than 0.01',
  });
});

test.each([
  [0.8, 0.82, 0.005, true],
  [0.8, 0.82, 0.011, false],
  [0.8, 0.805, 0.001, false],
  [0.8, 0.8, 0, false],
  [0.8, 0.7, 0, false],
  [0, 0.011, 0, true],
])(
  'F1 from %d to %d with a deviation of %d is evidence of more than 0.01: %s',
  (current, candidate, deviation, isBetter) => {
    expect(decide({ f1: candidate }, { f1: current }, { margin: 0.01, deviation }).isBetter).toBe(isBetter);
  },
);

test('a gain that may be chance is told as such', () => {
  expect(decide({ f1: 0.82 }, { f1: 0.8 }, { margin: 0.01, deviation: 0.02 }).reason).toBe(
    'F1 0.800 → 0.820 (+0.020, 95 % from −0.019 to +0.059): may be chance',
  );
});

test('the deviation of the gain is that of repeated draws of transactions, and 0 between equal models', () => {
  // By chance alone, of 400 transactions: both right or wrong, or one of them.
  const kinds = [
    { candidate: 'truePositives', current: 'truePositives', count: 60 },
    { candidate: 'truePositives', current: 'falseNegatives', count: 12 },
    { candidate: 'falseNegatives', current: 'truePositives', count: 5 },
    { candidate: 'falsePositives', current: 'trueNegatives', count: 9 },
    { candidate: 'trueNegatives', current: 'falsePositives', count: 14 },
    { candidate: 'trueNegatives', current: 'trueNegatives', count: 300 },
  ] as const;
  const countedIn = (drawn: readonly (typeof kinds)[number][]) => {
    const counted = { candidate: { ...emptyConfusion }, current: { ...emptyConfusion } };
    for (const { candidate, current } of drawn) {
      counted.candidate[candidate]++;
      counted.current[current]++;
    }
    return counted;
  };
  const all = kinds.flatMap((kind) => Array.from({ length: kind.count }, () => kind));
  let state = 1;
  const draw = () => {
    state = (state * 48_271) % 2_147_483_647;
    return all[state % all.length] as (typeof kinds)[number];
  };
  const gains = Array.from({ length: 2_000 }, () => {
    const { candidate, current } = countedIn(all.map(draw));
    return (figuresOf(candidate)?.f1 ?? 0) - (figuresOf(current)?.f1 ?? 0);
  });
  const mean = gains.reduce((sum, gain) => sum + gain, 0) / gains.length;
  const deviation = Math.sqrt(gains.reduce((sum, gain) => sum + (gain - mean) ** 2, 0) / gains.length);
  const counted = countedIn(all);
  expect(deviationOfGain(kinds, counted)).toBeCloseTo(deviation, 2);
  expect(deviationOfGain(kinds, counted)).toBeGreaterThan(0.9 * deviation);
  const same = [{ candidate: 'truePositives', current: 'truePositives', count: 9 }] as const;
  expect(deviationOfGain(same, { candidate: counted.candidate, current: counted.candidate })).toBe(0);
});

test('a model that is broken, or of another version, is refused', async () => {
  await expect(compareModels(request, 0.01, lake(model('old', 5), '{"format":3}'))).rejects.toThrow(
    'model.json: format: found 3',
  );
  await expect(compareModels(request, 0.01, lake(model('old', 5), model('other', 5)))).rejects.toThrow(
    'model.json of new has the version other',
  );
});

test.each([
  [
    'scores a row differently from the trainer',
    [...golden, { features: { amount_log: 9 } as Features, score: 0.3 }],
    "row 3: the trainer's score is 0.3, found 0.88",
  ],
  [
    'differs from the trainer by more than 1e-9',
    golden.map((row) => ({ ...row, score: row.score + 1.1e-9 })),
    "row 0: the trainer's",
  ],
  [
    'has a golden score that is no number',
    golden.map((row) => ({ ...row, score: Number.NaN })),
    "row 0: the trainer's",
  ],
  ['has no golden rows', [], 'golden.json of new has no rows'],
])('a model that %s is refused', async (_, rows, message) => {
  const broken = { ...lake(model('old', 7)), readGolden: async () => rows };
  await expect(compareModels(request, 0.01, broken)).rejects.toThrow(message);
});

test('models are not compared on an empty set', async () => {
  const empty = { ...lake(model('old', 5)), async *readHeldOut() {} };
  await expect(compareModels(request, 0.01, empty)).rejects.toThrow('held-out transactions: found none');
});
