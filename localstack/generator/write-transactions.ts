import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { transactionToWire } from '../../lambdas/shared/wire/transaction.ts';
import { transactionsWithHistories } from './account-histories.ts';
import { trainingRows } from './training-rows.ts';
import type { TransactionFilesCommand } from './transaction-options.ts';
import { truthHeader, truthLine } from './transactions.ts';

export interface WriteTransactionsProps {
  readonly command: TransactionFilesCommand;
  readonly print: (line: string) => void;
}

/**
 * Writes the data set as three files. Each file generates its transactions again, so that none is held in
 * memory.
 */
export async function writeTransactions({ command, print }: WriteTransactionsProps): Promise<void> {
  const { stream, historyDays, count, folder } = command;
  const generate = () => transactionsWithHistories(stream, historyDays);
  const known = () => generate().known.take(count);
  await mkdir(folder, { recursive: true });
  const write = (name: string, lines: Iterable<string>) =>
    pipeline(Readable.from(terminated(lines)), createWriteStream(path.join(folder, name)));

  await write(
    'transactions.jsonl',
    known().map(({ transaction }) => JSON.stringify(transactionToWire(transaction))),
  );
  await write('truth.csv', withHeader(truthHeader, known().map(truthLine)));
  const { histories, known: toTrainOn } = generate();
  await write(
    'training.jsonl',
    trainingRows(toTrainOn.take(count), histories).map((row) => JSON.stringify(row)),
  );
  const frauds = known().reduce((sum, { isFraud }) => sum + Number(isFraud), 0);
  print(`${count} transactions in ${folder}, ${frauds} of them frauds.`);
}

function* withHeader(header: string, lines: Iterable<string>): Generator<string> {
  yield header;
  yield* lines;
}

function* terminated(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`;
}
