/**
 * Counts of the model's right and wrong answers. A positive is a transaction that the model flags as fraud.
 */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

export const emptyConfusion: Confusion = {
  truePositives: 0,
  falsePositives: 0,
  trueNegatives: 0,
  falseNegatives: 0,
};

export interface Figures {
  readonly precision: number;
  readonly recall: number;
  readonly accuracy: number;
  readonly f1: number;
}

export const totalOf = (confusion: Confusion): number =>
  confusion.truePositives + confusion.falsePositives + confusion.trueNegatives + confusion.falseNegatives;

/**
 * Computes the figures as scikit-learn does with `zero_division=0`: precision is 0 when the model flags
 * nothing, and recall is 0 when there are no frauds. Undefined when there are no transactions.
 */
export function figuresOf(confusion: Confusion): Figures | undefined {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = confusion;
  const total = totalOf(confusion);
  if (total === 0) return undefined;
  return {
    precision: share(truePositives, truePositives + falsePositives),
    recall: share(truePositives, truePositives + falseNegatives),
    accuracy: share(truePositives + trueNegatives, total),
    f1: share(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
  };
}

const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);

export function confusionOf(
  judged: Iterable<{ readonly fraud: boolean; readonly isFraud: boolean }>,
): Confusion {
  const counted = { ...emptyConfusion };
  for (const { fraud, isFraud } of judged) counted[outcomeOf(fraud, isFraud)]++;
  return counted;
}

export function outcomeOf(fraud: boolean, isFraud: boolean): keyof Confusion {
  if (fraud) return isFraud ? 'truePositives' : 'falsePositives';
  return isFraud ? 'falseNegatives' : 'trueNegatives';
}
