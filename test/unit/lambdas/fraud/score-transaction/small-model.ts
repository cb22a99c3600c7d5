import { emptyHistory, featuresOf } from '../../../../../lambdas/fraud/score-transaction/features.ts';

/**
 *     tree 0: amount_log <= 3 ? -1 : country in (DE, unseen) ? 0 : 1
 *     tree 1, half as heavy: seconds_since_last <= 60 ? 1 : -1
 */
export const smallModel = {
  format: 1,
  version: 'small',
  link: 'logistic: probability = 1 / (1 + exp(-2 * margin))',
  threshold: 0.6,
  features: [
    { name: 'amount_log', kind: 'number', impute: 3 },
    { name: 'country', kind: 'category', impute: null, categories: ['DE', 'FR'] },
    { name: 'seconds_since_last', kind: 'number', impute: 100 },
  ],
  trees: [
    {
      weight: 1,
      feature: [0, -1, 1, -1, -1],
      threshold: [3, 0, 0, 0, 0],
      categories: [null, null, [0, 2], null, null],
      left: [1, -1, 3, -1, -1],
      right: [2, -1, 4, -1, -1],
      value: [-0.25, -1, 0.5, 0, 1],
    },
    {
      weight: 0.5,
      feature: [2, -1, -1],
      threshold: [60, 0, 0],
      categories: [null, null, null],
      left: [1, -1, -1],
      right: [2, -1, -1],
      value: [0, 1, -1],
    },
  ],
};

export const features = featuresOf(emptyHistory, {
  transactionId: 't',
  accountId: 'a',
  amount: 100,
  currency: 'EUR',
  merchantCategory: 'travel',
  country: 'FR',
  channel: 'online',
  timeMs: Date.UTC(2024, 0, 1),
});
