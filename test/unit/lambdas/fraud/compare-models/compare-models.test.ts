import { expect, test } from '@jest/globals';
import {
  compareModels,
  decide,
  type GoldenRow,
  type HeldOutRow,
} from '../../../../../lambdas/fraud/compare-models/compare-models.ts';
import type { Features } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';

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
    reason: 'F1 0.744 → 1.000: better by more than 0.01',
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
    reason: 'F1 1.000 → 1.000: not better by more than 0.01',
  });
});

test.each([
  [0.8, 0.82, true],
  [0.8, 0.805, false],
  [0.8, 0.8, false],
  [0.8, 0.7, false],
  [0, 0.011, true],
])('a model whose F1 goes from %d to %d is better by more than 0.01: %s', (current, candidate, isBetter) => {
  expect(decide({ f1: candidate }, { f1: current }, 0.01).isBetter).toBe(isBetter);
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
