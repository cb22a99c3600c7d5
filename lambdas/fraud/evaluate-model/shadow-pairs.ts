import { type Decision, decide, deviationOfGain, intervalOfGain, type Pair } from '../shared/paired-gain.ts';
import { type Confusion, emptyConfusion, figuresOf, outcomeOf } from './figures.ts';

/** Labelled transactions by the verdicts of both models, and the label. */
export interface ShadowVerdicts {
  readonly champion: boolean;
  readonly challenger: boolean;
  readonly isFraud: boolean;
  readonly count: number;
}

/** Both models on the labelled transactions that both scored; undefined when there are none. */
export function judgeShadow(verdicts: readonly ShadowVerdicts[]) {
  const counted: Record<'candidate' | 'current', Confusion> = {
    candidate: { ...emptyConfusion },
    current: { ...emptyConfusion },
  };
  const pairs = verdicts.map(({ champion, challenger, isFraud, count }): Pair => {
    const pair = { candidate: outcomeOf(challenger, isFraud), current: outcomeOf(champion, isFraud), count };
    for (const side of ['candidate', 'current'] as const)
      counted[side] = { ...counted[side], [pair[side]]: counted[side][pair[side]] + count };
    return pair;
  });
  const [candidate, current] = [figuresOf(counted.candidate), figuresOf(counted.current)];
  if (!candidate || !current) return undefined;
  const deviation = deviationOfGain(pairs, counted);
  return {
    labelled: pairs.reduce((sum, { count }) => sum + count, 0),
    champion: { ...current, confusion: counted.current },
    challenger: { ...candidate, confusion: counted.candidate },
    gain: intervalOfGain(candidate, current, deviation),
    decision: (margin: number): Decision => decide(candidate, current, { margin, deviation }),
  };
}
