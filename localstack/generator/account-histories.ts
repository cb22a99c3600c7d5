import {
  type AccountHistory,
  addToHistory,
  emptyHistory,
} from '../../lambdas/fraud/score-transaction/features.ts';
import { type KnownTransaction, type TransactionsProps, transactions } from './transactions.ts';

export interface TransactionsWithHistories {
  /** The history of each account at the start. */
  readonly histories: ReadonlyMap<string, AccountHistory>;
  /** Transactions from the start on, without end. */
  readonly known: Generator<KnownTransaction, never>;
}

/**
 * Generates transactions of accounts that have a history: transactions of the days before the start become
 * the histories. Without them all accounts would be new to the model, a greater drift than any change of
 * habits.
 */
export function transactionsWithHistories(
  stream: TransactionsProps,
  historyDays: number,
): TransactionsWithHistories {
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
