import {
  type Bins,
  binCount,
  binOf,
  type Histogram,
} from '../../../../../lambdas/fraud/shared/model-reference.ts';

/** Counts values one at a time. */
export function countedIn(bins: Bins, values: readonly (number | string | null)[]): Histogram {
  const counts = new Array<number>(binCount(bins)).fill(0);
  let missing = 0;
  for (const value of values) {
    const bin = binOf(bins, value);
    if (bin === undefined) missing++;
    else counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return { counts, missing };
}
