import type { Transaction } from '../../shared/wire/transaction.ts';

/**
 * The features of a transaction, defined here only: training reads features that this code has computed.
 * Names and kinds are part of the format of model.json.
 */
export const featureKinds = {
  /** ln(1 + amount), in units of the transaction's currency */
  amount_log: 'number',
  /** 0 to 23, UTC */
  hour_of_day: 'number',
  /** 1 to 7, Monday is 1, UTC */
  day_of_week: 'number',
  merchant_category: 'category',
  country: 'category',
  channel: 'category',
  currency: 'category',
  /** Earlier transactions of the account, at most 1,000 */
  account_age_transactions: 'number',
  /** Seconds to the account's nearest transaction in time, 0 to 30 days; null for its first */
  seconds_since_last: 'number',
  /**
   * Transactions of the account within a minute, ten minutes, an hour and a day of this one; at most
   * `maxRecent`. Only those scored before it count, whether their time is earlier, equal or later: a burst
   * cannot hide behind equal times or a wrong order.
   */
  transactions_last_minute: 'number',
  transactions_last_10_minutes: 'number',
  transactions_last_hour: 'number',
  transactions_last_day: 'number',
  /** The amount divided by the mean of the recent ones, at most 1,000; null for the account's first */
  amount_vs_mean: 'number',
  /** The amount divided by the mean of those within an hour, at most 1,000; null when there are none */
  amount_vs_last_hour: 'number',
  /** 1 when the account's nearest transaction in time was in another country, else 0; null for its first */
  country_changed: 'number',
  /** Number of countries within a day of this transaction, its own included */
  distinct_countries_last_day: 'number',
} as const;

export type FeatureName = keyof typeof featureKinds;

export type Features = {
  readonly [Name in FeatureName]: ((typeof featureKinds)[Name] extends 'number' ? number : string) | null;
};

/** The data of an account that its next features are computed from. Its size is bounded. */
export interface AccountHistory {
  /** Number of transactions so far, at most `maxCounted`. */
  readonly transactions: number;
  /** The newest `maxRecent`, in order of scoring, the last one at the end. */
  readonly recent: readonly PastTransaction[];
}

type PastTransaction = Pick<Transaction, 'timeMs' | 'amount' | 'country'>;

export const emptyHistory: AccountHistory = { transactions: 0, recent: [] };

export const maxRecent = 50;
export const maxCounted = 1_000;
const maxSecondsSinceLast = 30 * 86_400;
const maxAmountVsMean = 1_000;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The features of a transaction, and the account's history with the transaction added. */
export const computeFeatures = (
  history: AccountHistory,
  transaction: Transaction,
): { readonly features: Features; readonly history: AccountHistory } => ({
  features: featuresOf(history, transaction),
  history: addToHistory(history, transaction),
});

/** @param history the account's history before this transaction */
export function featuresOf({ transactions, recent }: AccountHistory, transaction: Transaction): Features {
  const { amount, timeMs, merchantCategory, country, channel, currency } = transaction;
  let nearest: PastTransaction | undefined;
  let nearestMs = Number.POSITIVE_INFINITY;
  let sum = 0;
  let lastMinute = 0;
  let last10Minutes = 0;
  let lastHour = 0;
  let sumOfHour = 0;
  let lastDay = 0;
  const countries = [country];
  for (const past of recent) {
    sum += past.amount;
    const apartMs = Math.abs(timeMs - past.timeMs);
    // Of equally near ones, the one scored last.
    if (apartMs <= nearestMs) {
      nearest = past;
      nearestMs = apartMs;
    }
    if (apartMs >= dayMs) continue;
    lastDay += 1;
    if (!countries.includes(past.country)) countries.push(past.country);
    if (apartMs >= hourMs) continue;
    lastHour += 1;
    sumOfHour += past.amount;
    if (apartMs < 10 * minuteMs) last10Minutes += 1;
    if (apartMs < minuteMs) lastMinute += 1;
  }
  return {
    amount_log: Math.log1p(amount),
    hour_of_day: Math.floor(timeMs / hourMs) % 24,
    // 1 January 1970 was a Thursday.
    day_of_week: ((Math.floor(timeMs / dayMs) + 3) % 7) + 1,
    merchant_category: merchantCategory,
    country,
    channel,
    currency,
    account_age_transactions: Math.min(transactions, maxCounted),
    seconds_since_last: nearest ? Math.min(nearestMs / 1000, maxSecondsSinceLast) : null,
    transactions_last_minute: lastMinute,
    transactions_last_10_minutes: last10Minutes,
    transactions_last_hour: lastHour,
    transactions_last_day: lastDay,
    amount_vs_mean: nearest ? Math.min(amount / (sum / recent.length), maxAmountVsMean) : null,
    amount_vs_last_hour: lastHour > 0 ? Math.min(amount / (sumOfHour / lastHour), maxAmountVsMean) : null,
    country_changed: nearest ? Number(nearest.country !== country) : null,
    distinct_countries_last_day: countries.length,
  };
}

export function addToHistory(history: AccountHistory, transaction: Transaction): AccountHistory {
  const { timeMs, amount, country } = transaction;
  return {
    transactions: Math.min(history.transactions + 1, maxCounted),
    recent: [...history.recent.slice(-(maxRecent - 1)), { timeMs, amount, country }],
  };
}
