import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import {
  type Confusion,
  confusionOf,
  type Figures,
  figuresOf,
} from '../../../../../lambdas/fraud/evaluate-model/figures.ts';

interface Case {
  readonly truth: string;
  readonly said: string;
  readonly confusion: Confusion;
  readonly figures: Figures;
}

const golden = join(import.meta.dirname, '../../../../golden/figures/figures.json');
const { cases }: { cases: Case[] } = JSON.parse(readFileSync(golden, 'utf8'));

test('the figures equal those of scikit-learn, division by zero included', () => {
  expect(cases.length).toBeGreaterThanOrEqual(200);
  for (const { truth, said, confusion, figures } of cases) {
    const judged = [...truth].map((isFraud, place) => ({
      isFraud: isFraud === '1',
      fraud: said[place] === '1',
    }));
    expect(confusionOf(judged)).toEqual(confusion);
    const own = figuresOf(confusion);
    for (const [name, value] of Object.entries(figures))
      expect(Math.abs((own?.[name as keyof Figures] ?? Number.NaN) - value)).toBeLessThan(1e-12);
  }
});

test('the golden cases include each division by zero', () => {
  const has = (holds: (confusion: Confusion) => boolean) =>
    expect(cases.some(({ confusion }) => holds(confusion))).toBe(true);
  has(({ truePositives, falsePositives }) => truePositives + falsePositives === 0);
  has(({ truePositives, falseNegatives }) => truePositives + falseNegatives === 0);
  has(
    ({ truePositives, falsePositives, falseNegatives }) =>
      truePositives + falsePositives + falseNegatives === 0,
  );
});

test('without transactions there are no figures', () => {
  expect(figuresOf(confusionOf([]))).toBeUndefined();
});
