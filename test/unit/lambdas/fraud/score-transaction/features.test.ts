import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type AccountHistory,
  addToHistory,
  computeFeatures,
  emptyHistory,
  featureKinds,
  featuresOf,
  maxCounted,
  maxRecent,
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
  past.map(transaction).reduce(addToHistory, emptyHistory);

describe('the features of a transaction', () => {
  test('the first transaction of an account has null for each feature that needs a history', () => {
    expect(featuresOf(emptyHistory, transaction())).toEqual({
      amount_log: Math.log(21),
      hour_of_day: 12,
      day_of_week: 5,
      merchant_category: 'groceries',
      country: 'DE',
      channel: 'pos',
      currency: 'EUR',
      account_age_transactions: 0,
      seconds_since_last: null,
      transactions_last_minute: 0,
      transactions_last_10_minutes: 0,
      transactions_last_hour: 0,
      transactions_last_day: 0,
      amount_vs_mean: null,
      amount_vs_last_hour: null,
      country_changed: null,
      distinct_countries_last_day: 1,
    });
  });

  test('computed features are exactly the declared ones', () => {
    const features = featuresOf(historyOf({}), transaction());
    expect(Object.keys(features)).toEqual(Object.keys(featureKinds));
    for (const [name, kind] of Object.entries(featureKinds))
      expect(typeof features[name as keyof typeof features]).toBe(kind === 'number' ? 'number' : 'string');
  });

  test('features compare a transaction with the history of its account', () => {
    const history = historyOf(
      { timeMs: noonMs - 2 * dayMs, amount: 10, country: 'US' },
      { timeMs: noonMs - 23 * hourMs, amount: 20, country: 'FR' },
      { timeMs: noonMs - 59 * minuteMs, amount: 30, country: 'DE' },
      { timeMs: noonMs - 30_500, amount: 40, country: 'FR' },
    );
    expect(featuresOf(history, transaction({ amount: 50 }))).toMatchObject({
      account_age_transactions: 4,
      seconds_since_last: 30.5,
      transactions_last_minute: 1,
      transactions_last_10_minutes: 1,
      transactions_last_hour: 2,
      transactions_last_day: 3,
      amount_vs_mean: 2,
      amount_vs_last_hour: 50 / 35,
      country_changed: 1,
      distinct_countries_last_day: 2,
    });
  });

  test.each([
    [
      'an hour before is not within the hour',
      hourMs,
      { transactions_last_hour: 0, transactions_last_day: 1 },
    ],
    [
      'a day before is not within the day',
      dayMs,
      { transactions_last_day: 0, distinct_countries_last_day: 1 },
    ],
    [
      'with a later time is within the minute',
      -1,
      { transactions_last_minute: 1, seconds_since_last: 0.001 },
    ],
    [
      'a minute later is not within the minute',
      -minuteMs,
      { transactions_last_minute: 0, transactions_last_10_minutes: 1 },
    ],
    ['with the same time is within the hour', 0, { transactions_last_hour: 1, seconds_since_last: 0 }],
    ['a year before counts as 30 days before', 365 * dayMs, { seconds_since_last: 30 * 86_400 }],
  ])('an earlier transaction %s', (_, agoMs, expected) => {
    const history = historyOf({ timeMs: noonMs - agoMs, country: 'FR' });
    expect(featuresOf(history, transaction())).toMatchObject(expected);
  });

  test.each([
    ['2024-03-03T23:59:59.999Z', 23, 7],
    ['2024-03-04T00:00:00Z', 0, 1],
    ['1970-01-01T00:00:00Z', 0, 4],
  ])('hour and day of the week of %s are computed in UTC', (time, hour_of_day, day_of_week) => {
    const timeMs = Date.parse(time);
    expect(featuresOf(emptyHistory, transaction({ timeMs }))).toMatchObject({ hour_of_day, day_of_week });
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

  test('features are bounded numbers for any history in any order', () => {
    fc.assert(
      fc.property(fc.array(anyTransaction, { maxLength: 80 }), anyTransaction, (past, next) => {
        const features = featuresOf(past.reduce(addToHistory, emptyHistory), next);
        for (const value of Object.values(features)) {
          if (typeof value !== 'number') continue;
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(30 * 86_400);
        }
      }),
    );
  });

  test('the features of velocity do not depend on the order in which the others were scored', () => {
    const others = fc.uniqueArray(anyTransaction, { maxLength: 30, selector: ({ timeMs }) => timeMs });
    const near = fc.integer({ min: -90_000, max: 90_000 });
    fc.assert(
      fc.property(others, fc.array(near, { minLength: 30, maxLength: 30 }), (past, apartMs) => {
        const times = past.map((each, at) => ({ ...each, timeMs: noonMs + (apartMs[at] ?? 0) }));
        const velocity = (order: readonly Transaction[]) => {
          const features = featuresOf(order.reduce(addToHistory, emptyHistory), transaction());
          const { transactions_last_minute, transactions_last_10_minutes, transactions_last_hour } = features;
          return [
            transactions_last_minute,
            transactions_last_10_minutes,
            transactions_last_hour,
            features.seconds_since_last,
          ];
        };
        expect(velocity(times.toReversed())).toEqual(velocity(times));
      }),
    );
  });

  test('the history of an account stays small', () => {
    let history = emptyHistory;
    for (let number = 0; number < maxCounted + 10; number++)
      ({ history } = computeFeatures(history, transaction({ amount: number + 1 })));
    expect(history.transactions).toBe(maxCounted);
    expect(history.recent).toHaveLength(maxRecent);
    expect(history.recent.at(-1)).toEqual({ timeMs: noonMs, amount: maxCounted + 10, country: 'DE' });
  });

  test('computing features does not change the given history', () => {
    const history = historyOf({});
    computeFeatures(history, transaction());
    expect(history).toEqual(historyOf({}));
  });
});
