import {
  type AccountHistory,
  computeFeatures,
  emptyHistory,
  type Features,
} from '../../lambdas/fraud/score-transaction/features.ts';
import type { KnownTransaction } from './transactions.ts';

/**
 * A row for train_fraud_model.py. Its names are those of the database columns that training rows are exported
 * from.
 */
export interface TrainingRow {
  readonly transaction_id: string;
  readonly transaction_time: string;
  readonly features: Features;
  readonly is_fraud: boolean;
}

/**
 * Computes the features of each transaction, as score-transaction does after scoring all transactions before
 * it.
 */
export function* trainingRows(
  known: Iterable<KnownTransaction>,
  earlier: ReadonlyMap<string, AccountHistory> = new Map(),
): Generator<TrainingRow> {
  const histories = new Map(earlier);
  for (const { transaction, isFraud } of known) {
    const before = histories.get(transaction.accountId) ?? emptyHistory;
    const { features, history } = computeFeatures(before, transaction);
    histories.set(transaction.accountId, history);
    yield {
      transaction_id: transaction.transactionId,
      transaction_time: new Date(transaction.timeMs).toISOString(),
      features,
      is_fraud: isFraud,
    };
  }
}
