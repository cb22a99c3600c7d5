import type { FeatureName, Features } from './features.ts';

const maxReasons = 3;
/** Least contribution of a reason to the margin. It moves a score of 0.50 by about 0.02. */
const minContribution = 0.08;

/**
 * Describes the features that raised a score most, the strongest first. Empty when no feature raised it.
 * @param contributions of each feature to the margin, from `Scorer.contributions`
 */
export function reasonsFor(features: Features, contributions: ReadonlyMap<FeatureName, number>): string[] {
  return [...contributions]
    .filter(([, contribution]) => contribution >= minContribution)
    .sort(([, one], [, other]) => other - one)
    .slice(0, maxReasons)
    .map(([name]) => sentences[name](features));
}

const sentences: Readonly<Record<FeatureName, (features: Features) => string>> = {
  amount_log: ({ amount_log }) => `an amount of ${rounded(Math.expm1(amount_log ?? 0))}`,
  hour_of_day: ({ hour_of_day }) => `the hour ${String(hour_of_day).padStart(2, '0')}:00 UTC`,
  day_of_week: ({ day_of_week }) => `on a ${weekdays[(day_of_week ?? 1) - 1]}`,
  merchant_category: ({ merchant_category }) => `the merchant category is ${merchant_category ?? 'unknown'}`,
  country: ({ country }) => `the country is ${country ?? 'unknown'}`,
  channel: ({ channel }) => `the channel is ${channel ?? 'unknown'}`,
  currency: ({ currency }) => `the currency is ${currency ?? 'unknown'}`,
  account_age_transactions: ({ account_age_transactions }) =>
    account_age_transactions === 0
      ? "the account's first transaction"
      : `${counted(account_age_transactions ?? 0, 'earlier transaction')} of the account`,
  seconds_since_last: ({ seconds_since_last }) =>
    seconds_since_last === null
      ? 'no earlier transaction of the account'
      : `${duration(seconds_since_last)} from another transaction of the account`,
  transactions_last_minute: ({ transactions_last_minute }) => within(transactions_last_minute, 'a minute'),
  transactions_last_10_minutes: ({ transactions_last_10_minutes }) =>
    within(transactions_last_10_minutes, 'ten minutes'),
  transactions_last_hour: ({ transactions_last_hour }) => within(transactions_last_hour, 'an hour'),
  transactions_last_day: ({ transactions_last_day }) => within(transactions_last_day, 'a day'),
  amount_vs_mean: ({ amount_vs_mean }) =>
    amount_vs_mean === null
      ? 'no earlier amount to compare with'
      : `${rounded(amount_vs_mean)} times the account's usual amount`,
  amount_vs_last_hour: ({ amount_vs_last_hour }) =>
    amount_vs_last_hour === null
      ? 'no other transaction within an hour'
      : `${rounded(amount_vs_last_hour)} times the amounts within an hour`,
  country_changed: ({ country_changed }) => {
    if (country_changed === null) return 'no earlier country to compare with';
    return `${country_changed === 1 ? 'a different country from' : 'the same country as'} the account's last transaction`;
  },
  distinct_countries_last_day: ({ distinct_countries_last_day }) =>
    `${distinct_countries_last_day} ${distinct_countries_last_day === 1 ? 'country' : 'countries'} within a day`,
};

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];

const rounded = (value: number): string => String(Number(value.toPrecision(value < 100 ? 2 : 3)));

const within = (others: number | null, span: string): string =>
  `${counted(others ?? 0, 'other transaction')} of the account within ${span}`;

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

function duration(seconds: number): string {
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
