import type { merchantCategories } from '../../lambdas/shared/metrics/segments.ts';
import type { Transaction } from '../../lambdas/shared/wire/transaction.ts';
import { chance, pick } from './random.ts';

type Category = (typeof merchantCategories)[number];
type Channel = Transaction['channel'];

/** A person with a card, and the person's habits. */
export interface CardHolder {
  readonly accountId: string;
  /** Seeds the random numbers of this holder. */
  readonly key: number;
  readonly home: Home;
  /** Multiple of the usual amounts that this holder spends. */
  readonly spending: number;
  /** Preference for buying online, 0 to 1. */
  readonly online: number;
  /** Hours by which the holder's day is later than that of others. */
  readonly lateH: number;
}

interface Home {
  readonly country: string;
  readonly currency: Transaction['currency'];
  /** Approximate exchange rate. */
  readonly perEuro: number;
  readonly utcOffsetH: number;
}

const homes: readonly [Home, ...Home[]] = [
  { country: 'DE', currency: 'EUR', perEuro: 1, utcOffsetH: 1 },
  { country: 'FR', currency: 'EUR', perEuro: 1, utcOffsetH: 1 },
  { country: 'ES', currency: 'EUR', perEuro: 1, utcOffsetH: 1 },
  { country: 'GB', currency: 'GBP', perEuro: 0.85, utcOffsetH: 0 },
  { country: 'US', currency: 'USD', perEuro: 1.1, utcOffsetH: -5 },
  { country: 'PL', currency: 'PLN', perEuro: 4.3, utcOffsetH: 1 },
];

/** Countries of trips and of online shops. */
const abroad = ['IT', 'ES', 'FR', 'GB', 'US', 'NL', 'AT', 'GR', 'TH', 'TR', 'MX', 'ID', 'RO'] as const;

interface Habit {
  readonly category: Category;
  /** Relative frequency. */
  readonly weight: number;
  /** Median amount. */
  readonly euros: number;
  /** Standard deviation of the logarithm of the amount. */
  readonly spread: number;
  /** Share of these purchases that can be made online. */
  readonly online: number;
  /** Channel of the other purchases. */
  readonly otherwise: Channel;
}

const habits: readonly Habit[] = [
  { category: 'groceries', weight: 28, euros: 32, spread: 0.6, online: 0.1, otherwise: 'pos' },
  { category: 'restaurants', weight: 16, euros: 22, spread: 0.6, online: 0.25, otherwise: 'pos' },
  { category: 'fuel', weight: 8, euros: 55, spread: 0.3, online: 0, otherwise: 'pos' },
  { category: 'transport', weight: 11, euros: 8, spread: 0.8, online: 0.5, otherwise: 'pos' },
  { category: 'travel', weight: 2, euros: 240, spread: 0.8, online: 0.8, otherwise: 'pos' },
  { category: 'electronics', weight: 3, euros: 130, spread: 1, online: 0.7, otherwise: 'pos' },
  { category: 'clothing', weight: 6, euros: 55, spread: 0.7, online: 0.6, otherwise: 'pos' },
  { category: 'entertainment', weight: 6, euros: 18, spread: 0.7, online: 0.6, otherwise: 'pos' },
  { category: 'health', weight: 4, euros: 28, spread: 0.8, online: 0.2, otherwise: 'pos' },
  { category: 'utilities', weight: 3, euros: 85, spread: 0.5, online: 0.3, otherwise: 'transfer' },
  { category: 'digital-goods', weight: 7, euros: 9, spread: 0.8, online: 1, otherwise: 'online' },
  { category: 'gambling', weight: 1, euros: 30, spread: 0.9, online: 0.9, otherwise: 'pos' },
  { category: 'cash', weight: 4, euros: 90, spread: 0.5, online: 0, otherwise: 'atm' },
  { category: 'other', weight: 3, euros: 60, spread: 1, online: 0.3, otherwise: 'transfer' },
];

const dayMs = 86_400_000;
/** A card is replaced by a new one after 5 to 15 days, so that there are always young accounts. */
const shortestLifeDays = 5;
const lifeRangeDays = 10;
const tripDays = 4;
const tripShare = 0.07;

/** The holder of a card at a time. Each of the `accounts` places has one card after another. */
export function cardHolderAt(place: number, atMs: number, seed: number): CardHolder {
  const lifeDays = shortestLifeDays + lifeRangeDays * chance(seed, 201, place);
  const generation = Math.floor(atMs / dayMs / lifeDays + chance(seed, 202, place));
  const drawn = (what: number) => chance(seed, 203, place, generation, what);
  return {
    accountId: `acc-${(seed >>> 0).toString(16)}-${place}-${generation}`,
    key: Math.floor(drawn(1) * 2 ** 31),
    home: pick(homes, drawn(2)),
    spending: Math.exp(0.4 * gaussian(drawn(3), drawn(4))),
    online: drawn(5) ** 0.7,
    lateH: 4 * drawn(6) - 2,
  };
}

/** Probability that a holder buys, 0 to 1: low at night, high at noon, in the evening and at weekends. */
export function appetite({ home, lateH }: CardHolder, atMs: number, drifted: boolean): number {
  const hour = (((atMs / 3_600_000 + home.utcOffsetH - lateH - (drifted ? 3 : 0)) % 24) + 24) % 24;
  const weekend = [0, 6].includes(new Date(atMs).getUTCDay()) ? 1 : 0.8;
  const awake = hour < 6 ? 0.04 : hour < 8 ? 0.3 : 0.7;
  const peak = Math.exp(-(((hour - 12.5) / 2) ** 2)) + Math.exp(-(((hour - 19) / 2.2) ** 2));
  return weekend * Math.min(1, awake + 0.3 * peak);
}

/**
 * A purchase of a holder. `number` seeds its random numbers. After a drift, prices are higher and more
 * purchases are made online.
 */
export function purchase(
  holder: CardHolder,
  { atMs, number, seed, drifted }: { atMs: number; number: number; seed: number; drifted: boolean },
): Omit<Transaction, 'transactionId'> {
  const drawn = (what: number) => chance(seed, 211, number, what);
  const habit = weightedPick(drifted ? driftedHabits : habits, drawn(1));
  const onlineShare = Math.min(1, habit.online * (0.4 + 0.8 * holder.online) + (drifted ? 0.25 : 0));
  const channel = habit.otherwise !== 'atm' && drawn(2) < onlineShare ? 'online' : habit.otherwise;
  const trip = chance(holder.key, 212, Math.floor(atMs / dayMs / tripDays));
  const isAway = trip < tripShare && (channel === 'pos' || channel === 'atm');
  const isFarShop = channel === 'online' && drawn(3) < (drifted ? 0.22 : 0.08);
  const abroadAt = isAway ? trip / tripShare : drawn(4);
  return {
    accountId: holder.accountId,
    amount: amountOf(holder, habit.euros * (drifted ? 1.6 : 1), habit.spread * gaussian(drawn(5), drawn(6))),
    currency: holder.home.currency,
    merchantCategory: habit.category,
    country: isAway || isFarShop ? pick(abroad, abroadAt) : holder.home.country,
    channel,
    timeMs: atMs,
  };
}

/** Share of online purchases that a shop charges in parts: equal times alone are no sign of fraud. */
const splitShare = 0.03;
const splitGapsMs = [0, 0, 1_000, 20_000, 90_000] as const;

/** The further charges of a purchase that the shop sends in parts; mostly none. */
export function furtherParts(
  { amount, ...bought }: Omit<Transaction, 'transactionId'>,
  number: number,
  seed: number,
): Omit<Transaction, 'transactionId'>[] {
  const drawn = (...what: number[]) => chance(seed, 213, number, ...what);
  if (bought.channel !== 'online' || drawn(1) >= splitShare) return [];
  const gapMs = pick(splitGapsMs, drawn(2));
  return Array.from({ length: 1 + Math.floor(3 * drawn(3)) }, (_, each) => ({
    ...bought,
    amount: Math.max(0.01, Math.round(amount * (0.2 + drawn(4, each)) * 100) / 100),
    timeMs: bought.timeMs + (each + 1) * gapMs,
  }));
}

/** An amount in the holder's currency, to the cent. */
export const amountOf = ({ spending, home }: CardHolder, euros: number, logDeviation = 0): number =>
  Math.max(0.01, Math.round(euros * spending * home.perEuro * Math.exp(logDeviation) * 100) / 100);

/** A standard normal number from two uniform ones, by the Box–Muller transform. */
const gaussian = (one: number, other: number): number =>
  Math.sqrt(-2 * Math.log(1 - one)) * Math.cos(2 * Math.PI * other);

const driftedHabits = habits.map((habit) =>
  ['digital-goods', 'entertainment', 'electronics'].includes(habit.category)
    ? { ...habit, weight: habit.weight * 3 }
    : habit,
);

function weightedPick(from: readonly Habit[], at: number): Habit {
  let left = at * from.reduce((sum, { weight }) => sum + weight, 0);
  for (const habit of from) {
    left -= habit.weight;
    if (left < 0) return habit;
  }
  return from[0] as Habit;
}
