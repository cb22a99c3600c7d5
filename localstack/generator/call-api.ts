import { appendFile, writeFile } from 'node:fs/promises';
import { predictOver, type Sent, sendTransactions } from './send-transactions.ts';
import type { TransactionCallsCommand } from './transaction-options.ts';
import { transactions, truthHeader, truthLine } from './transactions.ts';

export interface CallApiProps {
  readonly command: TransactionCallsCommand;
  readonly api: { readonly url: string; readonly token: string };
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const describe = ({ taken, refused, frauds, flagged }: Sent): string =>
  `${taken} taken, ${refused} refused; ${frauds} are frauds, ${flagged} were taken for frauds`;

/** Sends transactions to the API at the rate asked for, and keeps the truth about those that were taken. */
export async function callApi({ command, api, print, signal }: CallApiProps): Promise<void> {
  const { stream, count, rate, seconds, truthFile } = command;
  // Only where there is no file yet: a later run adds to it.
  if (truthFile !== undefined)
    await writeFile(truthFile, `${truthHeader}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  const sent = await sendTransactions({
    known: Number.isFinite(count) ? transactions(stream).take(count) : transactions(stream),
    predict: predictOver(api),
    rate,
    seconds,
    onTaken: async (known) => {
      if (truthFile !== undefined) await appendFile(truthFile, `${truthLine(known)}\n`);
    },
    onProgress: (progress) => print(describe(progress)),
    signal,
  });
  print(`Done: ${describe(sent)}.`);
}
