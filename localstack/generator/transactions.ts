import type { Transaction } from '../../lambdas/shared/wire/transaction.ts';
import { appetite, type CardHolder, cardHolderAt, purchase } from './card-holders.ts';
import { episodeAt, type FraudPattern, meanEpisodeSize } from './fraud-patterns.ts';
import { chance } from './random.ts';

/** A transaction and the truth about it. */
export interface KnownTransaction {
  readonly transaction: Transaction;
  readonly isFraud: boolean;
  /** Null for what the holder did himself. */
  readonly pattern: FraudPattern | null;
  /** When the truth comes out: 2 hours to 2 days after. */
  readonly labelledAtMs: number;
}

export interface TransactionsProps {
  readonly seed: number;
  /** Of event time. */
  readonly startMs: number;
  /** Cards in use at a time. */
  readonly accounts: number;
  /** Transactions in a day of event time, on average. */
  readonly perDay: number;
  /** The share of transactions that are frauds, 0 to 0.5, on average. */
  readonly fraudShare: number;
  /** From this time on people buy otherwise, and frauds are committed otherwise, than before. */
  readonly driftAtMs?: number;
}

/** For an account that buys as often as people do. */
export const perAccountAndDay = 8;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/**
 * Card transactions without end, in order of time, with the truth about each: a function of its properties alone. What
 * drifts at `driftAtMs` leaves all before it as it is.
 */
export function* transactions(props: TransactionsProps): Generator<KnownTransaction, never> {
  const { seed, startMs, accounts, perDay, fraudShare, driftAtMs = Number.POSITIVE_INFINITY } = props;
  const prefix = `tx-${(seed >>> 0).toString(16).padStart(8, '0')}`;
  const meanGapMs = (dayMs * averageAppetite) / (perDay * (1 - fraudShare));
  const meanEpisodeGapMs = (dayMs * meanEpisodeSize) / (perDay * fraudShare);
  /** A gap of a process that remembers nothing. */
  const gap = (stream: number, number: number, mean: number) =>
    -Math.log(1 - chance(seed, stream, number)) * mean;

  let tries = 0;
  let episodes = 0;
  let emitted = 0;
  let nextTryMs = startMs;
  let nextEpisodeMs = startMs + gap(232, 0, meanEpisodeGapMs);
  let latest: CardHolder | undefined;
  let planned: Omit<KnownTransaction, 'labelledAtMs'>[] = [];

  const finished = (known: Omit<KnownTransaction, 'labelledAtMs'>): KnownTransaction => {
    const transactionId = `${prefix}-${String(emitted).padStart(8, '0')}`;
    const timeMs = Math.round(known.transaction.timeMs);
    const delayMs = (2 + 46 * chance(seed, 233, emitted) ** 2) * hourMs;
    emitted += 1;
    return {
      ...known,
      transaction: { ...known.transaction, transactionId, timeMs },
      labelledAtMs: Math.round(timeMs + delayMs),
    };
  };

  for (;;) {
    const atMs = Math.min(
      nextTryMs,
      nextEpisodeMs,
      planned[0]?.transaction.timeMs ?? Number.POSITIVE_INFINITY,
    );
    const drifted = atMs >= driftAtMs;
    if (atMs === nextEpisodeMs) {
      const place = (each: number) => Math.floor(chance(seed, 234, episodes, each) * accounts);
      const holder = (each: number) => cardHolderAt(place(each), atMs, seed);
      const others = Array.from({ length: 3 + Math.floor(4 * chance(seed, 235, episodes)) }, (_, each) =>
        holder(each),
      );
      // The last who bought: one whose card was just used at home.
      const victims = [latest ?? holder(0), ...others] as const;
      const { pattern, transactions: parts } = episodeAt(episodes, { atMs, victims, seed, drifted });
      const known = parts.map((part) => ({
        transaction: { transactionId: '', ...part, timeMs: Math.max(part.timeMs, atMs) },
        isFraud: true,
        pattern,
      }));
      planned = [...planned, ...known].sort(
        (one, other) => one.transaction.timeMs - other.transaction.timeMs,
      );
      episodes += 1;
      nextEpisodeMs += gap(232, episodes, meanEpisodeGapMs);
    } else if (atMs === nextTryMs) {
      const holder = cardHolderAt(Math.floor(chance(seed, 236, tries) * accounts), atMs, seed);
      if (chance(seed, 237, tries) < appetite(holder, atMs, drifted)) {
        latest = holder;
        const bought = purchase(holder, { atMs, number: tries, seed, drifted });
        yield finished({ transaction: { transactionId: '', ...bought }, isFraud: false, pattern: null });
      }
      tries += 1;
      nextTryMs += gap(231, tries, meanGapMs);
    } else {
      const [first, ...rest] = planned as [(typeof planned)[number], ...typeof planned];
      planned = rest;
      yield finished(first);
    }
  }
}

/** The mean of `appetite` over a week, so that there are as many transactions as were asked for. */
const averageAppetite = 0.51;

/** The truth as a file of labels has it. */
export const truthHeader = 'transaction_id,is_fraud,labelled_at';
export const truthLine = ({ transaction, isFraud, labelledAtMs }: KnownTransaction): string =>
  `${transaction.transactionId},${isFraud},${new Date(labelledAtMs).toISOString()}`;
