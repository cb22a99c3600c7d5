import { appendFile, writeFile } from 'node:fs/promises';
import type { AccountHistory } from '../../lambdas/fraud/score-transaction/features.ts';
import { grownTransactions } from './account-histories.ts';
import { labelFiles } from './label-files.ts';
import { predictOver, type Sent, sendTransactions } from './send-transactions.ts';
import type { Drop } from './sinks.ts';
import type { TransactionCallsCommand } from './transaction-options.ts';
import { truthHeader, truthLine } from './transactions.ts';

export interface CallApiProps {
  readonly command: TransactionCallsCommand;
  readonly api: { readonly url: string; readonly token: string };
  /** Takes files of labels, if there are to be any. */
  readonly dropLabels: Drop | undefined;
  /** Tells the API what the accounts did before; an API elsewhere cannot be told. */
  readonly keepHistories: ((histories: ReadonlyMap<string, AccountHistory>) => Promise<void>) | undefined;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const labelsEveryMs = 10_000;

const describe = ({ taken, refused, frauds, flagged }: Sent): string =>
  `${taken} taken, ${refused} refused; ${frauds} are frauds, ${flagged} were taken for frauds`;

/** Sends transactions to the API at the rate asked for, and keeps the truth about those that were taken. */
export async function callApi(props: CallApiProps): Promise<void> {
  const { command, api, dropLabels, keepHistories, print, signal } = props;
  const { stream, historyDays, count, rate, seconds, truthFile, labelsAfterMs } = command;
  const labels =
    dropLabels === undefined
      ? undefined
      : labelFiles({ drop: dropLabels, delayMs: labelsAfterMs ?? 0, everyMs: labelsEveryMs, now: Date.now });
  // Only where there is no file yet: a later run adds to it.
  if (truthFile !== undefined)
    await writeFile(truthFile, `${truthHeader}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  const { histories, known } = grownTransactions(stream, keepHistories ? historyDays : 0);
  await keepHistories?.(histories);
  const sent = await sendTransactions({
    known: Number.isFinite(count) ? known.take(count) : known,
    predict: predictOver(api),
    rate,
    seconds,
    onTaken: async (known) => {
      labels?.add(known);
      await labels?.dropDue();
      if (truthFile !== undefined) await appendFile(truthFile, `${truthLine(known)}\n`);
    },
    onProgress: (progress) => print(describe(progress)),
    signal,
  });
  await labels?.dropRest();
  print(`Done: ${describe(sent)}${labels ? `; ${labels.dropped()} labels dropped` : ''}.`);
}
