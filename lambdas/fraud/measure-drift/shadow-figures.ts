import type { ScoreReference } from '../shared/model-reference.ts';
import { driftScore } from './drift-score.ts';
import { histogramDrift } from './histogram-drift.ts';
import type { WindowScores } from './score-figures.ts';

/** The scores of two models for the same transactions, those that both scored. */
export interface ShadowScores {
  readonly champion: WindowScores;
  readonly challenger: WindowScores;
  /** Share of transactions on which their verdicts differ. */
  readonly disagreement: number;
}

/** The challenger that scores now: that of the newest transactions. Undefined when they have none. */
export function shadowScores(scores: readonly WindowScores[]): ShadowScores | undefined {
  const nowMs = Math.max(...scores.map(({ newestMs }) => newestMs));
  const [challenger] = scores
    .filter(({ dimension, newestMs }) => dimension === 'challenger' && newestMs === nowMs)
    .sort((one, other) => other.transactions - one.transactions);
  if (!challenger) return undefined;
  const of = (dimension: 'champion' | 'disagreement') =>
    scores.find((each) => each.dimension === dimension && each.segment === challenger.segment);
  const champion = of('champion');
  if (!champion) return undefined;
  const apart = of('disagreement')?.transactions ?? 0;
  return { champion, challenger, disagreement: apart / challenger.transactions };
}

/** The distance of the challenger's scores from those of the model in use, in the bins of its reference. */
export function scoreShift(
  reference: ScoreReference | undefined,
  { champion, challenger }: ShadowScores,
): number | undefined {
  if (!reference) return undefined;
  const [before, now] = [
    { counts: champion.counts, missing: 0 },
    { counts: challenger.counts, missing: 0 },
  ];
  const drift = histogramDrift({ bins: reference.bins, histogram: before }, now);
  return drift && driftScore(drift);
}
