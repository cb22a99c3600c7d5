import type { Transaction } from '../../lambdas/shared/wire/transaction.ts';
import { appetite, type CardHolder, cardHolderAt, furtherParts, purchase } from './card-holders.ts';
import { episodeAt, type FraudPattern, meanEpisodeSize } from './fraud-patterns.ts';
import { chance } from './random.ts';

/** A transaction and the truth about it. */
export interface KnownTransaction {
  readonly transaction: Transaction;
  readonly isFraud: boolean;
  /** Null for a transaction of the card holder. */
  readonly pattern: FraudPattern | null;
  /** When the truth becomes known: 2 hours to 2 days later. */
  readonly labelledAtMs: number;
}

/** A transaction without its number, which it gets in order of time. */
type Unnumbered = Omit<KnownTransaction, 'labelledAtMs'>;

export interface TransactionsProps {
  readonly seed: number;
  /** Event time of the start. */
  readonly startMs: number;
  /** Cards in use at a time. */
  readonly accounts: number;
  /** Mean number of transactions in a day of event time. */
  readonly perDay: number;
  /** Mean share of frauds among the transactions, 0 to 0.5. */
  readonly fraudShare: number;
  /** From this event time on, people buy differently and fraud has other patterns. */
  readonly driftAtMs?: number;
}

/** The rate at which people use a card. */
export const perAccountAndDay = 8;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Mean of `appetite` over a week. Purchases are tried more often by this factor, to reach the requested rate.
 */
const averageAppetite = 0.51;
/** Mean number of charges of a purchase: some are charged in parts. */
const chargesPerPurchase = 1.015;

/** Names the independent streams of random numbers. Other values would give other transactions. */
const draw = {
  tryGap: 231,
  episodeGap: 232,
  labelDelay: 233,
  victim: 234,
  victims: 235,
  holder: 236,
  buys: 237,
} as const;

/**
 * Generates card transactions without end, in order of event time, with the truth about each. They depend on
 * the properties only. A drift at `driftAtMs` leaves all transactions before it unchanged.
 */
export function* transactions(props: TransactionsProps): Generator<KnownTransaction, never> {
  const { seed, startMs, accounts, perDay, fraudShare, driftAtMs = Number.POSITIVE_INFINITY } = props;
  const meanTryGapMs = (dayMs * averageAppetite * chargesPerPurchase) / (perDay * (1 - fraudShare));
  const meanEpisodeGapMs = (dayMs * meanEpisodeSize) / (perDay * fraudShare);
  const numbered = numbering(seed);

  let tries = 0;
  let episodes = 0;
  let nextTryMs = startMs;
  let nextEpisodeMs = startMs + gap(seed, draw.episodeGap, 0, meanEpisodeGapMs);
  let lastBuyer: CardHolder | undefined;
  /** Transactions of frauds and of purchases in parts that have begun, in order of time. */
  let planned: Unnumbered[] = [];

  for (;;) {
    const [nextPlanned, ...laterPlanned] = planned;
    const plannedMs = nextPlanned?.transaction.timeMs ?? Number.POSITIVE_INFINITY;
    const atMs = Math.min(nextTryMs, nextEpisodeMs, plannedMs);
    const drifted = atMs >= driftAtMs;
    if (atMs === nextEpisodeMs) {
      const begun = fraudBegunAt(atMs, { seed, accounts, number: episodes, lastBuyer, drifted });
      planned = inOrder([...planned, ...begun]);
      episodes += 1;
      nextEpisodeMs += gap(seed, draw.episodeGap, episodes, meanEpisodeGapMs);
    } else if (atMs === nextTryMs) {
      const holder = cardHolderAt(Math.floor(chance(seed, draw.holder, tries) * accounts), atMs, seed);
      if (chance(seed, draw.buys, tries) < appetite(holder, atMs, drifted)) {
        lastBuyer = holder;
        const bought = purchase(holder, { atMs, number: tries, seed, drifted });
        yield numbered(honest(bought));
        const parts = furtherParts(bought, tries, seed).map(honest);
        if (parts.length > 0) planned = inOrder([...planned, ...parts]);
      }
      tries += 1;
      nextTryMs += gap(seed, draw.tryGap, tries, meanTryGapMs);
    } else if (nextPlanned) {
      planned = laterPlanned;
      yield numbered(nextPlanned);
    }
  }
}

const honest = (bought: Omit<Transaction, 'transactionId'>): Unnumbered => ({
  transaction: { transactionId: '', ...bought },
  isFraud: false,
  pattern: null,
});

const inOrder = (all: readonly Unnumbered[]): Unnumbered[] =>
  all.toSorted((one, other) => one.transaction.timeMs - other.transaction.timeMs);

/** The time between two events of a Poisson process. */
const gap = (seed: number, stream: number, number: number, mean: number): number =>
  -Math.log(1 - chance(seed, stream, number)) * mean;

/** Returns a function that numbers transactions and decides when they are labelled. */
function numbering(seed: number): (unnumbered: Unnumbered) => KnownTransaction {
  const prefix = `tx-${(seed >>> 0).toString(16).padStart(8, '0')}`;
  let number = 0;
  return (unnumbered) => {
    const transactionId = `${prefix}-${String(number).padStart(8, '0')}`;
    const timeMs = Math.round(unnumbered.transaction.timeMs);
    const delayMs = (2 + 46 * chance(seed, draw.labelDelay, number) ** 2) * hourMs;
    number += 1;
    return {
      ...unnumbered,
      transaction: { ...unnumbered.transaction, transactionId, timeMs },
      labelledAtMs: Math.round(timeMs + delayMs),
    };
  };
}

interface FraudProps {
  readonly seed: number;
  readonly accounts: number;
  readonly number: number;
  readonly lastBuyer: CardHolder | undefined;
  readonly drifted: boolean;
}

/**
 * All transactions of one fraud. The last buyer is its first victim, since some patterns follow a use of the
 * card at home.
 */
function fraudBegunAt(
  atMs: number,
  { seed, accounts, number, lastBuyer, drifted }: FraudProps,
): Unnumbered[] {
  const holder = (each: number) =>
    cardHolderAt(Math.floor(chance(seed, draw.victim, number, each) * accounts), atMs, seed);
  const count = 3 + Math.floor(4 * chance(seed, draw.victims, number));
  const others = Array.from({ length: count }, (_, each) => holder(each));
  const victims = [lastBuyer ?? holder(0), ...others] as const;
  const { pattern, transactions: parts } = episodeAt(number, { atMs, victims, seed, drifted });
  return parts.map((part) => ({
    transaction: { transactionId: '', ...part, timeMs: Math.max(part.timeMs, atMs) },
    isFraud: true,
    pattern,
  }));
}

/** The truth in the format of files of labels. */
export const truthHeader = 'transaction_id,is_fraud,labelled_at';
export const truthLine = ({ transaction, isFraud, labelledAtMs }: KnownTransaction): string =>
  `${transaction.transactionId},${isFraud},${new Date(labelledAtMs).toISOString()}`;
