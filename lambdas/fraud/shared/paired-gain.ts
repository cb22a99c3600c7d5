import type { Confusion, Figures } from '../evaluate-model/figures.ts';

/** How often two models had these outcomes for the same transactions. */
export interface Pair {
  readonly candidate: keyof Confusion;
  readonly current: keyof Confusion;
  readonly count: number;
}

/**
 * The standard deviation of the difference of the two F1, by the delta method. The models are judged by the
 * same transactions, so those on which both agree cancel.
 */
export function deviationOfGain(
  pairs: Iterable<Pair>,
  counted: Readonly<Record<'candidate' | 'current', Confusion>>,
): number {
  /** By how much one transaction of an outcome moves the F1 of a model. */
  const pull = (confusion: Confusion, outcome: keyof Confusion): number => {
    const { truePositives, falsePositives, falseNegatives } = confusion;
    const base = 2 * truePositives + falsePositives + falseNegatives;
    if (base === 0 || outcome === 'trueNegatives') return 0;
    const f1 = (2 * truePositives) / base;
    return outcome === 'truePositives' ? (2 - 2 * f1) / base : -f1 / base;
  };
  let variance = 0;
  for (const { candidate, current, count } of pairs)
    variance += count * (pull(counted.candidate, candidate) - pull(counted.current, current)) ** 2;
  return Math.sqrt(variance);
}

/** The difference of the two F1, with its 95 % interval. */
export function intervalOfGain(
  candidate: Pick<Figures, 'f1'>,
  current: Pick<Figures, 'f1'>,
  deviation: number,
): { readonly low: number; readonly gain: number; readonly high: number } {
  const gain = candidate.f1 - current.f1;
  return { low: gain - 1.96 * deviation, gain, high: gain + 1.96 * deviation };
}

export interface Decision {
  readonly isBetter: boolean;
  readonly reason: string;
}

/** A candidate is better when its F1 is higher by more than the margin, and the interval lies above 0. */
export function decide(
  candidate: Pick<Figures, 'f1'>,
  current: Pick<Figures, 'f1'>,
  { margin, deviation }: { readonly margin: number; readonly deviation: number },
): Decision {
  const { low, gain, high } = intervalOfGain(candidate, current, deviation);
  const isBetter = gain > margin && low > 0;
  const compared = `F1 ${current.f1.toFixed(3)} → ${candidate.f1.toFixed(3)}`;
  const interval = `${signed(gain)}, 95 % from ${signed(low)} to ${signed(high)}`;
  const verdict =
    gain > margin && !isBetter ? 'may be chance' : `${isBetter ? '' : 'not '}better by more than ${margin}`;
  return { isBetter, reason: `${compared} (${interval}): ${verdict}` };
}

const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
