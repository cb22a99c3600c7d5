const hour = 3_600;

/**
 * How long after the score a label may arrive to count, in seconds, shortest first. A transaction counts only
 * once it is that old: otherwise early labels would count before late ones, and distort the figures. `any`
 * counts all labels at once.
 */
export const maturitySeconds = {
  '1h': hour,
  '1d': 24 * hour,
  '7d': 7 * 24 * hour,
  any: null,
} as const satisfies Record<string, number | null>;

export type Maturity = keyof typeof maturitySeconds;
export const maturities = Object.keys(maturitySeconds) as readonly Maturity[];

/** The model's verdict against the label. Positive means fraud. */
export const outcomes = ['true_positive', 'false_positive', 'true_negative', 'false_negative'] as const;
