import { expect, test } from '@jest/globals';
import { confusionOf, figuresOf } from '../../../../lambdas/fraud/evaluate-model/figures.ts';
import { estimatedFigures } from '../../../../lambdas/fraud/measure-drift/score-figures.ts';
import type { Features } from '../../../../lambdas/fraud/score-transaction/features.ts';
import { shippedScorer } from '../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import { transactionsWithHistories } from '../../../../localstack/generator/account-histories.ts';
import { trainingRows } from '../../../../localstack/generator/training-rows.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2024, 5, 1);
const driftAtMs = startMs + 10 * dayMs;
const scorer = shippedScorer();

interface Scored {
  readonly features: Features;
  readonly timeMs: number;
  readonly score: number;
  readonly fraud: boolean;
  readonly isFraud: boolean;
}

/** Ten days without a drift and as many after it. The estimate knows the scores only, not the truth. */
const all = [51, 52, 53].flatMap((seed): Scored[] => {
  const stream = { seed, startMs, accounts: 150, perDay: 1_200, fraudShare: 0.03, driftAtMs };
  const { histories, known } = transactionsWithHistories(stream, 20);
  const taken = [...known.take(20 * stream.perDay)];
  return [...trainingRows(taken, histories)].map(({ features, is_fraud: isFraud }, at) => {
    const score = scorer.score(features);
    const timeMs = taken[at]?.transaction.timeMs ?? 0;
    return { features, timeMs, score, fraud: score >= scorer.threshold, isFraud };
  });
});

function figures(of: readonly Scored[]) {
  const sum = (value: (each: Scored) => number) => of.reduce((total, each) => total + value(each), 0);
  const estimated = estimatedFigures({
    flagged: sum(({ fraud }) => Number(fraud)),
    scoreSum: sum(({ score }) => score),
    flaggedScoreSum: sum(({ fraud, score }) => (fraud ? score : 0)),
  });
  const realised = figuresOf(confusionOf(of));
  return {
    precision: { estimated: estimated.precision ?? Number.NaN, realised: realised?.precision ?? Number.NaN },
    recall: { estimated: estimated.recall ?? Number.NaN, realised: realised?.recall ?? Number.NaN },
  };
}

const quiet = all.filter(({ timeMs }) => timeMs < driftAtMs);

test.each<[string, (features: Features) => boolean]>([
  ['do not drift', () => true],
  ['are all online now', ({ channel }) => channel === 'online'],
  ['are all in shops now', ({ channel }) => channel === 'pos'],
  ['are far apart in time now', ({ transactions_last_hour }) => transactions_last_hour === 0],
  ['have unusual amounts now', ({ amount_vs_mean }) => Number(amount_vs_mean) > 2],
])('precision and recall are estimated to 0.04 before labels come, when transactions %s', (_, chosen) => {
  const { precision, recall } = figures(quiet.filter(({ features }) => chosen(features)));
  expect(Math.abs(precision.estimated - precision.realised)).toBeLessThan(0.04);
  expect(Math.abs(recall.estimated - recall.realised)).toBeLessThan(0.04);
});

test('when fraud itself changes, the estimates fall, though less than the figures by labels do', () => {
  const [before, after] = [quiet, all.filter(({ timeMs }) => timeMs > driftAtMs + dayMs)].map(figures);
  for (const figure of ['precision', 'recall'] as const) {
    const [was, is] = [before?.[figure], after?.[figure]];
    expect(is?.estimated).toBeLessThan((was?.estimated ?? 0) - 0.1);
    expect(is?.estimated).toBeGreaterThan(is?.realised ?? 1);
  }
});
