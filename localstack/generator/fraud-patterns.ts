import type { Transaction } from '../../lambdas/shared/wire/transaction.ts';
import { amountOf, type CardHolder } from './card-holders.ts';
import { chance, pick } from './random.ts';

/** The transactions of one fraud, in order of time, without ids. */
type Episode = readonly Omit<Transaction, 'transactionId'>[];

interface Scene {
  readonly atMs: number;
  /** Holders whose cards are used; only collusion uses more than the first. */
  readonly victims: readonly [CardHolder, ...CardHolder[]];
  /** Random numbers in [0, 1), one for each combination of keys. */
  readonly drawn: (...what: number[]) => number;
}

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

const far = ['NG', 'BR', 'ID', 'RO', 'PH', 'MX'] as const;
const resold = ['electronics', 'travel', 'gambling', 'cash'] as const;

const count = (from: number, to: number, at: number): number => from + Math.floor(at * (to - from + 1));
const series = (length: number): number[] => Array.from({ length }, (_, at) => at);

/**
 * A stolen number is tried with small amounts, and then used for a large purchase. Some testers wait between
 * tries, others try several times a second.
 */
const cardTesting = ({ atMs, victims: [holder], drawn }: Scene): Episode => {
  const tries = count(5, 12, drawn(1));
  const isPatient = drawn(7) < 0.6;
  const gapMs = (15 + 45 * drawn(2)) * secondMs;
  const startMs = atMs - (atMs % secondMs);
  const perSecond = count(1, 4, drawn(8));
  const country = drawn(3) < 0.5 ? holder.home.country : pick(far, drawn(4));
  const common = {
    accountId: holder.accountId,
    currency: holder.home.currency,
    country,
    channel: 'online' as const,
  };
  const small = series(tries).map((each) => ({
    ...common,
    amount: Math.round((0.5 + 3 * drawn(5, each)) * holder.home.perEuro * 100) / 100,
    merchantCategory: 'digital-goods' as const,
    timeMs: isPatient ? atMs + each * gapMs : startMs + Math.floor(each / perSecond) * secondMs,
  }));
  const emptied = {
    ...common,
    amount: amountOf(holder, 250 + 500 * drawn(6)),
    merchantCategory: 'electronics' as const,
    timeMs: atMs + tries * gapMs + 5 * minuteMs,
  };
  return [...small, emptied];
};

/** A program charges a stolen card as fast as the shop answers: many times a second, and at whole seconds. */
const burst = ({ atMs, victims: [holder], drawn }: Scene): Episode => {
  const startMs = atMs - (atMs % secondMs);
  const perSecond = count(2, 12, drawn(1));
  const country = drawn(2) < 0.5 ? holder.home.country : pick(far, drawn(3));
  const merchantCategory = pick(['digital-goods', 'electronics', 'gambling'] as const, drawn(4));
  const euros = 8 + 70 * drawn(5);
  return series(count(10, 40, drawn(6))).map((each) => ({
    accountId: holder.accountId,
    amount: amountOf(holder, euros * (0.8 + 0.4 * drawn(7, each))),
    currency: holder.home.currency,
    merchantCategory,
    country,
    channel: 'online' as const,
    timeMs: startMs + Math.floor(each / perSecond) * secondMs,
  }));
};

/** Somebody takes over the account, and buys goods for resale at night within hours. */
const takeover = ({ atMs, victims: [holder], drawn }: Scene): Episode => {
  const night = atMs - (atMs % (24 * hourMs)) + (25 + 3 * drawn(1) - holder.home.utcOffsetH) * hourMs;
  const country = drawn(2) < 0.35 ? holder.home.country : pick(far, drawn(3));
  return series(count(2, 6, drawn(4))).map((each) => {
    const merchantCategory = pick(resold, drawn(5, each));
    return {
      accountId: holder.accountId,
      amount: amountOf(holder, 150 + 450 * drawn(6, each)),
      currency: holder.home.currency,
      merchantCategory,
      country,
      channel: merchantCategory === 'cash' ? ('transfer' as const) : ('online' as const),
      timeMs: night + each * (5 + 20 * drawn(7)) * minuteMs,
    };
  });
};

/** The card is used in a far country within an hour of its use at home. */
const impossibleTravel = ({ atMs, victims: [holder], drawn }: Scene): Episode => {
  const country = pick(far, drawn(1));
  return series(count(1, 3, drawn(2))).map((each) => ({
    accountId: holder.accountId,
    amount: amountOf(holder, 60 + 160 * drawn(3, each)),
    currency: holder.home.currency,
    merchantCategory: drawn(4, each) < 0.4 ? ('cash' as const) : ('clothing' as const),
    country,
    channel: drawn(4, each) < 0.4 ? ('atm' as const) : ('pos' as const),
    timeMs: atMs + (15 + 30 * drawn(5) + 12 * each) * minuteMs,
  }));
};

/** A dishonest merchant charges round amounts to many cards, late in the evening. */
const collusion = ({ atMs, victims, drawn }: Scene): Episode => {
  const euros = 380 + 100 * drawn(1);
  const evening = atMs - (atMs % (24 * hourMs)) + (21 + 2 * drawn(2)) * hourMs;
  return victims.map((holder, each) => ({
    accountId: holder.accountId,
    amount: Math.round((euros + 15 * drawn(3, each)) * holder.home.perEuro),
    currency: holder.home.currency,
    merchantCategory: 'entertainment' as const,
    country: holder.home.country,
    channel: 'pos' as const,
    timeMs: evening + each * (4 + 8 * drawn(4, each)) * minuteMs,
  }));
};

/**
 * The holder is persuaded to pay: a transfer by day, at home, somewhat larger than usual. The account looks
 * normal.
 */
const persuasion = ({ atMs, victims: [holder], drawn }: Scene): Episode => {
  const day = atMs - (atMs % (24 * hourMs)) + (10 + 7 * drawn(1) - holder.home.utcOffsetH) * hourMs;
  return series(count(1, 3, drawn(2))).map((each) => ({
    accountId: holder.accountId,
    amount: amountOf(holder, 50 + 90 * drawn(3, each)),
    currency: holder.home.currency,
    merchantCategory: drawn(4) < 0.5 ? ('other' as const) : ('utilities' as const),
    country: holder.home.country,
    channel: 'transfer' as const,
    timeMs: day + each * (3 + 20 * drawn(5)) * hourMs,
  }));
};

/** Card testing that avoids detection: hours apart, with ordinary amounts. */
const patientTesting = ({ atMs, victims: [holder], drawn }: Scene): Episode =>
  series(count(3, 6, drawn(1))).map((each) => ({
    accountId: holder.accountId,
    amount: amountOf(holder, 12 + 40 * drawn(2, each)),
    currency: holder.home.currency,
    merchantCategory: drawn(3, each) < 0.5 ? ('groceries' as const) : ('digital-goods' as const),
    country: holder.home.country,
    channel: 'online' as const,
    timeMs: atMs + each * (2 + 4 * drawn(4)) * hourMs,
  }));

const patterns = {
  'card-testing': cardTesting,
  burst,
  takeover,
  'impossible-travel': impossibleTravel,
  collusion,
  persuasion,
  'patient-testing': patientTesting,
} as const;

export type FraudPattern = keyof typeof patterns;

/** Mean number of transactions in an episode. The rate of episodes is computed from it. */
export const meanEpisodeSize = 5.3;

/** Each pattern as often as its weight. */
const byWeight = (
  first: FraudPattern,
  weights: Partial<Record<FraudPattern, number>>,
): readonly [FraudPattern, ...FraudPattern[]] => [
  first,
  ...Object.entries(weights).flatMap(([pattern, weight]) =>
    Array.from({ length: weight }, () => pattern as FraudPattern),
  ),
];

/** Patterns before a drift, by frequency. */
const known = byWeight('burst', {
  burst: 1,
  'card-testing': 6,
  takeover: 12,
  'impossible-travel': 12,
  collusion: 6,
  persuasion: 3,
});
/** Patterns after a drift: three in four were rare or unknown before. */
const newer = byWeight('persuasion', {
  persuasion: 2,
  'patient-testing': 3,
  takeover: 1,
  'impossible-travel': 1,
});

export interface PlannedEpisode {
  readonly pattern: FraudPattern;
  readonly transactions: Episode;
}

/** The pattern and the transactions of a fraud. `number` seeds its random numbers. */
export function episodeAt(
  number: number,
  scene: Omit<Scene, 'drawn'> & { readonly seed: number; readonly drifted: boolean },
): PlannedEpisode {
  const { seed, drifted } = scene;
  const drawn = (...what: number[]) => chance(seed, 221, number, ...what);
  const pattern = pick(drifted ? newer : known, drawn(0));
  return { pattern, transactions: patterns[pattern]({ ...scene, drawn }) };
}
