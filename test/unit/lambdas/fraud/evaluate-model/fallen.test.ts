import { expect, test } from '@jest/globals';
import { fallen } from '../../../../../lambdas/fraud/evaluate-model/fallen.ts';
import type { Maturity } from '../../../../../lambdas/shared/metrics/maturities.ts';

const confusion = (truePositives: number, falsePositives: number, falseNegatives: number) => ({
  ...{ truePositives, falsePositives, falseNegatives, trueNegatives: 5_000 },
});
const counted = (of: ReturnType<typeof confusion>, ...ages: Maturity[]) =>
  new Map(ages.map((age) => [age, of] as const));
const before = confusion(180, 20, 20);

test.each([
  ['nothing', confusion(180, 20, 20), { precision: 0, recall: 0 }],
  ['precision', confusion(150, 60, 17), { precision: 1, recall: 0 }],
  ['recall', confusion(120, 13, 60), { precision: 0, recall: 1 }],
  ['both', confusion(80, 60, 60), { precision: 1, recall: 1 }],
  // 0.9 to 0.83: of 200 each, 2.1 standard deviations.
  ['nothing but chance', confusion(166, 34, 34), { precision: 0, recall: 0 }],
  ['too few to tell', confusion(2, 20, 20), { precision: 0, recall: 0 }],
  ['nothing, but rose', confusion(199, 1, 1), { precision: 0, recall: 0 }],
])('of two spans that differ in this, %s has fallen', (_, now, expected) => {
  expect(fallen(counted(now, '1d'), counted(before, '1d'))).toEqual(expected);
});

test('with many labels, a fall of less than 0.02 is none', () => {
  const [high, low] = [confusion(90_000, 10_000, 10_000), confusion(88_500, 11_500, 11_500)];
  expect(fallen(counted(low, '1d'), counted(high, '1d'))).toEqual({ precision: 0, recall: 0 });
});

test('each age of labels is compared with itself, and labels without an age are not', () => {
  const bad = confusion(80, 60, 60);
  expect(fallen(counted(bad, '1h', '1d', 'any'), counted(before, '1d', '7d', 'any'))).toEqual({
    precision: 1,
    recall: 1,
  });
  expect(fallen(counted(bad, '1h', '1d'), counted(before, '1h', '1d'))).toEqual({ precision: 2, recall: 2 });
  expect(fallen(new Map(), new Map())).toEqual({ precision: 0, recall: 0 });
});

test('of 10,000 pairs of weeks without a change, at most 22 show a fall of precision', () => {
  let state = 7;
  const uniform = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  const draw = () => {
    let right = 0;
    for (let flagged = 0; flagged < 200; flagged++) right += Number(uniform() < 0.9);
    return counted(confusion(right, 200 - right, 0), '1d');
  };
  let falls = 0;
  for (let pair = 0; pair < 10_000; pair++) falls += fallen(draw(), draw()).precision;
  expect(falls).toBeGreaterThan(0);
  expect(falls).toBeLessThanOrEqual(22);
});
