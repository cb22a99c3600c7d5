const hour = 3_600;

/**
 * How long after a transaction was scored its label may have come to count, in seconds, from the shortest on. A transaction counts as soon as it is as
 * old: else those that were told of early would be judged without those that were not. Of `any` all labels count at once.
 */
export const maturitySeconds = {
  '1h': hour,
  '1d': 24 * hour,
  '7d': 7 * 24 * hour,
  any: null,
} as const satisfies Record<string, number | null>;

export type Maturity = keyof typeof maturitySeconds;
export const maturities = Object.keys(maturitySeconds) as readonly Maturity[];

/** What the model said and what turned out; a positive is a fraud. */
export const outcomes = ['true_positive', 'false_positive', 'true_negative', 'false_negative'] as const;
