/**
 * What became of a transaction in shadow: `incomplete` lacks a feature of the challenger, `failed` made it
 * throw, and `late` came when the challenger had used up the time of its batch.
 */
export const shadowOutcomes = ['scored', 'incomplete', 'failed', 'late'] as const;
export type ShadowOutcome = (typeof shadowOutcomes)[number];

/** The two models whose verdicts on the same transactions are compared. */
export const shadowModels = ['champion', 'challenger'] as const;
export type ShadowModel = (typeof shadowModels)[number];

/** The 95 % interval of a difference. */
export const bounds = ['low', 'estimate', 'high'] as const;
