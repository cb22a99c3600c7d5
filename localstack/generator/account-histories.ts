import {
  type AccountHistory,
  addToHistory,
  emptyHistory,
} from '../../lambdas/fraud/score-transaction/features.ts';
import { type KnownTransaction, type TransactionsProps, transactions } from './transactions.ts';

export interface GrownStream {
  /** What each account has done before the start. */
  readonly histories: ReadonlyMap<string, AccountHistory>;
  /** From the start on, without end. */
  readonly known: Generator<KnownTransaction, never>;
}

/**
 * Transactions of accounts that are as old as accounts are after so many days: those of the days before the start become their
 * histories. Without any, all are new to the model at once, and that would be more of a drift than any in what people do.
 */
export function grownTransactions(stream: TransactionsProps, historyDays: number): GrownStream {
  const known = transactions({ ...stream, startMs: stream.startMs - historyDays * 86_400_000 });
  const histories = new Map<string, AccountHistory>();
  for (;;) {
    const { value } = known.next();
    const { transaction } = value;
    if (transaction.timeMs >= stream.startMs) return { histories, known: startingWith(value, known) };
    const before = histories.get(transaction.accountId) ?? emptyHistory;
    histories.set(transaction.accountId, addToHistory(before, transaction));
  }
}

function* startingWith(
  first: KnownTransaction,
  rest: Generator<KnownTransaction, never>,
): Generator<KnownTransaction, never> {
  yield first;
  return yield* rest;
}
