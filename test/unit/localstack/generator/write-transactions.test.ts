import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { featureKinds } from '../../../../lambdas/fraud/score-transaction/features.ts';
import { transactionFromWire } from '../../../../lambdas/shared/wire/transaction.ts';
import { transactions, truthLine } from '../../../../localstack/generator/transactions.ts';
import { writeTransactions } from '../../../../localstack/generator/write-transactions.ts';

const props = { seed: 1, startMs: Date.UTC(2024, 0, 1), accounts: 56, perDay: 448, fraudShare: 0.03 };
const known = [...transactions(props).take(300)];

test('the written files hold the transactions, the truth about each, and the features for training', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'isobar-transactions-'));
  const linesOf = (name: string) => readFileSync(path.join(folder, name), 'utf8').trimEnd().split('\n');
  try {
    const printed: string[] = [];
    const command = { mode: 'files', stream: props, historyDays: 0, count: 300, folder } as const;
    await writeTransactions({ command, print: (line) => printed.push(line) });
    const sent = linesOf('transactions.jsonl').map((line) => transactionFromWire(JSON.parse(line)));
    expect(sent).toEqual(known.map(({ transaction }) => transaction));
    const [header, ...truth] = linesOf('truth.csv');
    expect(header).toBe('transaction_id,is_fraud,labelled_at');
    expect(truth).toEqual(known.map(truthLine));
    const rows = linesOf('training.jsonl').map((line) => JSON.parse(line));
    expect(rows.map((row) => row.transaction_id)).toEqual(sent.map(({ transactionId }) => transactionId));
    for (const row of rows) expect(Object.keys(row.features)).toEqual(Object.keys(featureKinds));
    expect(printed[0]).toMatch(/^300 transactions in .*, \d+ of them frauds\.$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
