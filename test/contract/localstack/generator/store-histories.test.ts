import { expect, test } from '@jest/globals';
import type { AccountHistory } from '../../../../lambdas/fraud/score-transaction/features.ts';
import { scoreTables } from '../../../../lambdas/fraud/score-transaction/score-tables.ts';
import { transactionsWithHistories } from '../../../../localstack/generator/account-histories.ts';
import { storeHistories } from '../../../../localstack/generator/store-histories.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, credentials } = testDatabase({ as: 'fraud' });

test('a stored history is used for scoring, and a known history is never replaced', async () => {
  const login = { credentials: async () => credentials() };
  const stream = { seed: 3, startMs: Date.UTC(2024, 0, 1), accounts: 5, perDay: 40, fraudShare: 0.03 };
  const { histories, known } = transactionsWithHistories(stream, 3);
  await storeHistories(login, histories);
  const { transaction } = known.next().value;
  const { scoreOnce } = scoreTables(connect());

  const seen: AccountHistory[] = [];
  const score = (transactionId: string) =>
    scoreOnce({ ...transaction, transactionId }, (history) => {
      seen.push(history);
      const grown = { ...history, transactions: history.transactions + 1 };
      return { transactionId, transactionHash: '', answer: '{}', record: '{}', history: grown };
    });
  await score('one');
  await storeHistories(login, histories);
  await score('two');
  const given = histories.get(transaction.accountId);
  expect(given?.transactions).toBeGreaterThan(3);
  expect(seen[0]).toEqual(given);
  expect(seen[1]?.transactions).toBe((given?.transactions ?? 0) + 1);
});
