import { describe, expect, test } from '@jest/globals';
import type { Features } from '../../../../../lambdas/fraud/score-transaction/features.ts';
import { parseModel } from '../../../../../lambdas/fraud/score-transaction/model.ts';
import { reasonsFor } from '../../../../../lambdas/fraud/score-transaction/reasons.ts';
import { makeScorer } from '../../../../../lambdas/fraud/score-transaction/trees.ts';
import { features, smallModel } from './small-model.ts';

const scorer = makeScorer(parseModel(JSON.stringify(smallModel)));
const given = (changes: Partial<Features>): Features => ({ ...features, ...changes });
const probability = (margin: number) => 1 / (1 + Math.exp(-2 * margin));

describe('a score', () => {
  test.each<[string, Partial<Features>, number]>([
    ['a value at the threshold goes left', { amount_log: 3, seconds_since_last: 60 }, -1 + 0.5],
    ['a value above it goes right', { amount_log: 3.0001, country: 'FR', seconds_since_last: 61 }, 1 - 0.5],
    ['a listed category goes left', { amount_log: 4, country: 'DE', seconds_since_last: 1 }, 0 + 0.5],
    ['an unlisted category goes right', { amount_log: 4, country: 'FR', seconds_since_last: 1 }, 1 + 0.5],
    [
      'an unseen category goes to its own side',
      { amount_log: 4, country: 'US', seconds_since_last: 1 },
      0 + 0.5,
    ],
    ['a missing category counts as unseen', { amount_log: 4, country: null, seconds_since_last: 1 }, 0.5],
    ['a missing number is imputed', { amount_log: null, seconds_since_last: null }, -1 - 0.5],
  ])('in a tree, %s', (_, changes, margin) => {
    expect(scorer.score(given(changes))).toBeCloseTo(probability(margin), 14);
  });

  test('the contributions of features and the values of the roots add up to the margin', () => {
    for (const changes of [{}, { amount_log: 1 }, { country: 'DE', seconds_since_last: 5 }]) {
      const contributions = scorer.contributions(given(changes));
      const logOdds = contributions.values().reduce((sum, each) => sum + each, 2 * -0.25);
      expect(probability(logOdds / 2)).toBeCloseTo(scorer.score(given(changes)), 12);
    }
  });
});

test('the calibration stretches margins below and above 0 apart, and shifts them', () => {
  const calibrated = makeScorer(
    parseModel(
      JSON.stringify({
        ...smallModel,
        format: 2,
        link: 'beta: log-odds = a * log(p) - b * log(1 - p) + c, with p = 1 / (1 + exp(-margin))',
        calibration: { a: 0.5, b: 2, c: -3 },
      }),
    ),
  );
  for (const [changes, margin] of [
    [{ amount_log: 4, country: 'FR', seconds_since_last: 1 }, 1.5],
    [{ amount_log: 1, seconds_since_last: 600 }, -1.5],
  ] as const) {
    const p = 1 / (1 + Math.exp(-margin));
    const logOdds = 0.5 * Math.log(p) - 2 * Math.log(1 - p) - 3;
    expect(calibrated.score(given(changes))).toBeCloseTo(1 / (1 + Math.exp(-logOdds)), 14);
  }
});

describe('the reasons of a score', () => {
  test('the reasons of a score are the features that raised it most, the strongest first', () => {
    const suspect = given({ amount_log: Math.log1p(1234.5), country: 'FR', seconds_since_last: 5 });
    expect(scorer.contributions(suspect)).toEqual(
      new Map([
        ['amount_log', 1.5],
        ['country', 1],
        ['seconds_since_last', 1],
      ]),
    );
    expect(reasonsFor(suspect, scorer.contributions(suspect))).toEqual([
      'an amount of 1230',
      'the country is FR',
      '5 s from another transaction of the account',
    ]);
  });

  test('features that lowered a score are no reasons', () => {
    const mixed = given({ amount_log: 4, country: 'DE', seconds_since_last: 600 });
    expect(reasonsFor(mixed, scorer.contributions(mixed))).toEqual(['an amount of 54']);
    const harmless = given({ amount_log: 1, seconds_since_last: 600 });
    expect(reasonsFor(harmless, scorer.contributions(harmless))).toEqual([]);
  });

  test('a score has at most three reasons', () => {
    const all = new Map(Object.keys(features).map((name, at) => [name as keyof Features, 1 + at]));
    expect(reasonsFor(features, all)).toEqual([
      '1 country within a day',
      'no earlier country to compare with',
      'no other transaction within an hour',
    ]);
  });

  test('every feature has a reason text, for known and unknown values', () => {
    const unknown = Object.fromEntries(
      Object.keys(features).map((name) => [name, null]),
    ) as unknown as Features;
    const known = given({ seconds_since_last: 7_300, amount_vs_mean: 8.26, country_changed: 1 });
    for (const each of [features, known, unknown])
      for (const name of Object.keys(features) as (keyof Features)[])
        expect(reasonsFor(each, new Map([[name, 1]]))[0]).not.toMatch(/undefined|NaN/);
    expect(
      reasonsFor(
        known,
        new Map([
          ['amount_vs_mean', 1],
          ['seconds_since_last', 0.9],
          ['country_changed', 0.8],
        ]),
      ),
    ).toEqual([
      "8.3 times the account's usual amount",
      '2 h from another transaction of the account',
      "a different country from the account's last transaction",
    ]);
  });
});
