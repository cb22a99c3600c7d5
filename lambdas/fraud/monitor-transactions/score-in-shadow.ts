import type { ScoredTransaction } from '../../shared/wire/scored-transaction.ts';
import type { Features } from '../score-transaction/features.ts';
import type { Scorer } from '../score-transaction/trees.ts';
import type { Prediction, Shadow } from './prediction.ts';

/** A model that scores live traffic without an effect on answers. */
export interface Challenger {
  readonly version: string;
  /** Undefined when its file is broken: all its transactions fail. */
  readonly scorer: Pick<Scorer, 'features' | 'threshold' | 'score'> | undefined;
  /** Reports the first failure in a batch. Must not throw. */
  readonly report: (error: unknown) => void;
}

/** What a challenger may take of a batch: a slow one must not hold back the transactions. */
const mostMs = 5_000;

/**
 * Scores transactions with the challenger too, by the features that the model in use had. It never fails: a
 * transaction that the challenger cannot score tells why.
 */
export function scoreInShadow(
  predictions: readonly Prediction[],
  challenger: Challenger | undefined,
  now: () => number,
): readonly Prediction[] {
  if (!challenger) return predictions;
  const endMs = now() + mostMs;
  const errors: unknown[] = [];
  const shadowed = predictions.map((prediction) => {
    // Just after its promotion, or before the model in use has changed everywhere.
    if (prediction.modelVersion === challenger.version) return prediction;
    if (now() >= endMs) return { ...prediction, shadow: { version: challenger.version, outcome: 'late' } };
    return { ...prediction, shadow: shadowOf(prediction, challenger, (error) => errors.push(error)) };
  });
  if (errors.length > 0) challenger.report(errors[0]);
  return shadowed as readonly Prediction[];
}

function shadowOf(
  { features, rule }: Prediction,
  { version, scorer }: Challenger,
  failed: (error: unknown) => void,
): Shadow {
  if (!scorer) return { version, outcome: 'failed' };
  if (!hasAll(features, scorer.features)) return { version, outcome: 'incomplete' };
  try {
    const score = scorer.score(features);
    if (!(score >= 0 && score <= 1)) throw new Error(`found the score ${score}, expected 0 to 1`);
    // As the API decides: a broken rule flags a transaction whatever its score.
    const fraud = rule !== null || score >= scorer.threshold;
    return { version, outcome: 'scored', verdict: { score, fraud } };
  } catch (error) {
    failed(error);
    return { version, outcome: 'failed' };
  }
}

/** A feature that is null is known to be missing. One that is absent was not computed. */
const hasAll = (
  features: ScoredTransaction['features'],
  names: Scorer['features'],
): features is Features & ScoredTransaction['features'] =>
  names.every((name) => Object.hasOwn(features, name));
