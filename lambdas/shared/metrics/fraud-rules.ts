/** Rules that flag a transaction as fraud without a model. */
export const rules = ['burst'] as const;
export type Rule = (typeof rules)[number];
