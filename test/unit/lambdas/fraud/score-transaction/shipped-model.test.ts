import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type Features, featureKinds } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { trainingRows } from '../../../../../localstack/generator/training-rows.ts';
import { transactions } from '../../../../../localstack/generator/transactions.ts';

const folder = path.join(import.meta.dirname, '../../../../../lambdas/fraud/score-transaction/shipped-model');
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
const model = parseModel(read('model.json'));
const scorer = makeScorer(model);
const golden: { features: Features; score: number }[] = JSON.parse(read('golden.json'));
const reference = JSON.parse(read('reference.json'));

describe('the shipped model', () => {
  test("the shipped model scores the golden rows as Spark's own model does, to 1e-9", () => {
    expect(golden.length).toBeGreaterThanOrEqual(1_000);
    for (const { features, score } of golden)
      expect(Math.abs(scorer.score(features) - score)).toBeLessThanOrEqual(1e-9);
  });

  test('the golden rows include missing numbers, missing categories, unseen categories, and both outcomes', () => {
    const has = (holds: (row: (typeof golden)[number]) => boolean) => golden.filter(holds).length;
    expect(has(({ features }) => features.amount_vs_mean === null)).toBeGreaterThan(100);
    expect(has(({ features }) => features.country === null)).toBeGreaterThan(100);
    expect(has(({ features }) => features.country === 'never seen')).toBeGreaterThan(100);
    expect(has(({ features }) => !Object.values(features).includes(null))).toBeGreaterThan(300);
    expect(has(({ score }) => score >= scorer.threshold)).toBeGreaterThan(100);
    expect(has(({ score }) => score < scorer.threshold)).toBeGreaterThan(500);
  });

  test('the shipped model uses the features that the code computes', () => {
    const asked = Object.fromEntries(model.features.map(({ name, kind }) => [name, kind]));
    expect(asked).toEqual(featureKinds);
  });

  test('the shipped reference has the same version, and a histogram for each feature', () => {
    expect(reference.version).toBe(model.version);
    expect(Object.keys(reference.features)).toEqual(model.features.map(({ name }) => name));
    for (const { kind, edges, categories, counts, missing, total } of Object.values<{
      kind: string;
      edges?: number[];
      categories?: string[];
      counts: number[];
      missing: number;
      total: number;
    }>(reference.features)) {
      expect(counts).toHaveLength(((kind === 'number' ? edges : categories)?.length ?? 0) + 1);
      expect(counts.reduce((sum, count) => sum + count, missing)).toBe(total);
    }
  });

  test('the shipped model finds most frauds of another seed with few false alarms, but few frauds after a drift', () => {
    const startMs = Date.UTC(2024, 5, 1);
    const driftAtMs = startMs + 8 * 86_400_000;
    const known = [
      ...transactions({ seed: 99, startMs, accounts: 60, perDay: 480, fraudShare: 0.03, driftAtMs }).take(
        13_000,
      ),
    ];
    const counts = { steady: { found: 0, missed: 0, wrong: 0 }, drifted: { found: 0, missed: 0, wrong: 0 } };
    for (const [at, { features }] of [...trainingRows(known)].entries()) {
      const { isFraud, transaction } = known[at] as (typeof known)[number];
      const count = counts[transaction.timeMs < driftAtMs ? 'steady' : 'drifted'];
      const flagged = scorer.score(features) >= scorer.threshold;
      if (isFraud) count[flagged ? 'found' : 'missed'] += 1;
      else if (flagged) count.wrong += 1;
    }
    const recall = ({ found, missed }: typeof counts.steady) => found / (found + missed);
    expect(recall(counts.steady)).toBeGreaterThan(0.85);
    expect(counts.steady.found / (counts.steady.found + counts.steady.wrong)).toBeGreaterThan(0.75);
    expect(recall(counts.drifted)).toBeLessThan(0.6);
  });
});
