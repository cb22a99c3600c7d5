import { expect, test } from '@jest/globals';
import { encodeScoredTransaction } from '../../../lambdas/shared/wire/scored-transaction.ts';
import { countAll } from '../../e2e/chaos/scored.ts';

const record = (transactionId: string, fraud: boolean, scoredAtMs = Date.UTC(2026, 0, 1, 0, 0, 12)) => ({
  value: Buffer.from(
    encodeScoredTransaction({
      transaction: {
        transactionId,
        accountId: 'a',
        amount: 12,
        currency: 'KRW',
        merchantCategory: 'fuel',
        country: 'KR',
        channel: 'online',
        timeMs: 0,
      },
      features: { channel: 'pos', country: null },
      score: 0.1,
      fraud,
      rule: null,
      modelVersion: 'm',
      scoredAtMs,
    }),
  ),
});

test('a transaction whose record was sent twice counts once in the expected results', () => {
  const scored = countAll(new Map([[3, [record('t1', true), record('t2', false), record('t1', true)]]]));
  expect(scored).toEqual({
    predictions: ['t1 fraud', 't2 legitimate'],
    counters: ['fraud_transactions_total fraud 3 1', 'fraud_transactions_total legitimate 3 1'],
    histograms: ['m channel 2026-01-01T00:00:10 3 2', 'm country 2026-01-01T00:00:10 3 2'],
  });
});

test('each time bucket and each partition has its own histogram', () => {
  const later = Date.UTC(2026, 0, 1, 0, 0, 20);
  const { histograms } = countAll(
    new Map([
      [0, [record('t1', true), record('t2', true, later)]],
      [1, [record('t3', true)]],
    ]),
  );
  expect(histograms.filter((id) => id.includes('channel'))).toEqual([
    'm channel 2026-01-01T00:00:10 0 1',
    'm channel 2026-01-01T00:00:20 0 1',
    'm channel 2026-01-01T00:00:10 1 1',
  ]);
});
