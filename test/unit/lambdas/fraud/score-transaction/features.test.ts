import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccountHistory,
  featureKinds,
  featuresOf,
  judge,
  maxAge,
  noHistory,
  remember,
  remembered,
} from '../../../../../lambdas/fraud/score-transaction/features.ts';
import type { Transaction } from '../../../../../lambdas/shared/wire/transaction.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** A Friday. */
const noonMs = Date.UTC(2024, 2, 1, 12);

const transaction = (changes: Partial<Transaction> = {}): Transaction => ({
  transactionId: 't',
  accountId: 'a',
  amount: 20,
  currency: 'EUR',
  merchantCategory: 'groceries',
  country: 'DE',
  channel: 'pos',
  timeMs: noonMs,
  ...changes,
});

const historyOf = (...past: Partial<Transaction>[]): AccountHistory =>
  past.map(transaction).reduce(remember, noHistory);

describe('the features of a transaction', () => {
  test('say what is known when the account is new', () => {
    expect(featuresOf(noHistory, transaction())).toEqual({
      amount_log: Math.log(21),
      hour_of_day: 12,
      day_of_week: 5,
      merchant_category: 'groceries',
      country: 'DE',
      channel: 'pos',
      currency: 'EUR',
      account_age_transactions: 0,
      seconds_since_last: null,
      transactions_last_hour: 0,
      transactions_last_day: 0,
      amount_vs_mean: null,
      country_changed: null,
      distinct_countries_last_day: 1,
    });
  });

  test('are those that are declared', () => {
    const features = featuresOf(historyOf({}), transaction());
    expect(Object.keys(features)).toEqual(Object.keys(featureKinds));
    for (const [name, kind] of Object.entries(featureKinds))
      expect(typeof features[name as keyof typeof features]).toBe(kind === 'number' ? 'number' : 'string');
  });

  test('compare with what the account did before', () => {
    const history = historyOf(
      { timeMs: noonMs - 2 * dayMs, amount: 10, country: 'US' },
      { timeMs: noonMs - 23 * hourMs, amount: 20, country: 'FR' },
      { timeMs: noonMs - 59 * minuteMs, amount: 30, country: 'DE' },
      { timeMs: noonMs - 30_500, amount: 40, country: 'FR' },
    );
    expect(featuresOf(history, transaction({ amount: 50 }))).toMatchObject({
      account_age_transactions: 4,
      seconds_since_last: 30.5,
      transactions_last_hour: 2,
      transactions_last_day: 3,
      amount_vs_mean: 2,
      country_changed: 1,
      distinct_countries_last_day: 2,
    });
  });

  test.each([
    ['an hour ago is not within the hour', hourMs, { transactions_last_hour: 0, transactions_last_day: 1 }],
    ['a day ago is not within the day', dayMs, { transactions_last_day: 0, distinct_countries_last_day: 1 }],
    ['dated later is in no window before', -1, { transactions_last_day: 0, seconds_since_last: 0 }],
    ['at the same time is within the hour', 0, { transactions_last_hour: 1, seconds_since_last: 0 }],
    ['a year ago counts as 30 days', 365 * dayMs, { seconds_since_last: 30 * 86_400 }],
  ])('a transaction %s', (_, agoMs, expected) => {
    const history = historyOf({ timeMs: noonMs - agoMs, country: 'FR' });
    expect(featuresOf(history, transaction())).toMatchObject(expected);
  });

  test.each([
    ['2024-03-03T23:59:59.999Z', 23, 7],
    ['2024-03-04T00:00:00Z', 0, 1],
    ['1970-01-01T00:00:00Z', 0, 4],
  ])('have the hour and the day of the week of %s', (time, hour_of_day, day_of_week) => {
    const timeMs = Date.parse(time);
    expect(featuresOf(noHistory, transaction({ timeMs }))).toMatchObject({ hour_of_day, day_of_week });
  });

  const anyTransaction = fc.record({
    transactionId: fc.constant('t'),
    accountId: fc.constant('a'),
    amount: fc.double({ min: Number.MIN_VALUE, max: 1e9, noNaN: true }),
    currency: fc.constant('EUR' as const),
    merchantCategory: fc.constant('fuel' as const),
    country: fc.constantFrom('DE', 'FR', 'US'),
    channel: fc.constant('pos' as const),
    timeMs: fc.integer({ min: 0, max: Date.UTC(9999, 11) }),
  });

  test('are numbers of bounded size, whatever came before and in whatever order', () => {
    fc.assert(
      fc.property(fc.array(anyTransaction, { maxLength: 80 }), anyTransaction, (past, next) => {
        const features = featuresOf(past.reduce(remember, noHistory), next);
        for (const value of Object.values(features)) {
          if (typeof value !== 'number') continue;
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(30 * 86_400);
        }
      }),
    );
  });

  test('come with a history that stays small', () => {
    let history = noHistory;
    for (let number = 0; number < maxAge + 10; number++)
      ({ history } = judge(history, transaction({ amount: number + 1 })));
    expect(history.transactions).toBe(maxAge);
    expect(history.recent).toHaveLength(remembered);
    expect(history.recent.at(-1)).toEqual({ timeMs: noonMs, amount: maxAge + 10, country: 'DE' });
  });

  test('leave the history that they are computed from as it is', () => {
    const history = historyOf({});
    judge(history, transaction());
    expect(history).toEqual(historyOf({}));
  });
});
