import { type Maturity, maturities, maturitySeconds } from '../../shared/metrics/maturities.ts';
import type { Confusion } from './figures.ts';

/** Fewest transactions behind a share that is compared. */
const leastCases = 30;
/** A smaller fall is not worth a look, however many transactions show it. */
const leastFall = 0.02;
/** The difference that is no chance any more, in standard deviations: one in 700 hours. */
const deviations = 3;

type Counted = ReadonlyMap<Maturity, Confusion>;

/**
 * For how many ages of labels precision and recall are lower than in the span before, by more than chance.
 * Labels that have no fixed age count at no age: of an older span, more of them have come.
 */
export function fallen(
  now: Counted,
  before: Counted,
): { readonly precision: number; readonly recall: number } {
  const ages = maturities.filter((maturity) => maturitySeconds[maturity] !== null);
  const count = (wrong: 'falsePositives' | 'falseNegatives') =>
    ages.filter((age) => {
      const [one, other] = [now.get(age), before.get(age)];
      return one && other && isLower(shareOf(one, wrong), shareOf(other, wrong));
    }).length;
  return { precision: count('falsePositives'), recall: count('falseNegatives') };
}

interface Share {
  readonly right: number;
  readonly of: number;
}

const shareOf = (confusion: Confusion, wrong: 'falsePositives' | 'falseNegatives'): Share => ({
  right: confusion.truePositives,
  of: confusion.truePositives + confusion[wrong],
});

/** The test of two proportions, with their common share. */
function isLower(now: Share, before: Share): boolean {
  if (Math.min(now.of, before.of) < leastCases) return false;
  const fall = before.right / before.of - now.right / now.of;
  const common = (now.right + before.right) / (now.of + before.of);
  const deviation = Math.sqrt(common * (1 - common) * (1 / now.of + 1 / before.of));
  return fall > Math.max(leastFall, deviations * deviation);
}
