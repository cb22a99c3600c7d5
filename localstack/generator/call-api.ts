import { appendFile, writeFile } from 'node:fs/promises';
import type { AccountHistory } from '../../lambdas/fraud/score-transaction/features.ts';
import { transactionsWithHistories } from './account-histories.ts';
import { labelFiles } from './label-files.ts';
import { predictOver, type Sent, sendTransactions } from './send-transactions.ts';
import type { Drop } from './sinks.ts';
import type { TransactionCallsCommand } from './transaction-options.ts';
import { truthHeader, truthLine } from './transactions.ts';

export interface CallApiProps {
  readonly command: TransactionCallsCommand;
  readonly api: { readonly url: string; readonly token: string };
  /** Drops files of labels; undefined for none. */
  readonly dropLabels: Drop | undefined;
  /** Stores the histories of accounts; undefined for an API elsewhere, whose database is out of reach. */
  readonly storeHistories: ((histories: ReadonlyMap<string, AccountHistory>) => Promise<void>) | undefined;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

const labelsEveryMs = 10_000;

const describe = ({ accepted, refused, frauds, flagged }: Sent): string =>
  `${accepted} accepted, ${refused} refused; ${frauds} are frauds, ${flagged} flagged as fraud`;

/** Sends transactions to the API at the requested rate, and records the truth about the accepted ones. */
export async function callApi(props: CallApiProps): Promise<void> {
  const { command, api, dropLabels, storeHistories, print, signal } = props;
  const { stream, historyDays, count, rate, seconds, truthFile, labelsAfterMs } = command;
  const labels =
    dropLabels === undefined
      ? undefined
      : labelFiles({ drop: dropLabels, delayMs: labelsAfterMs ?? 0, everyMs: labelsEveryMs, now: Date.now });
  // Creates the file with its header. If it exists already, this run appends to it.
  if (truthFile !== undefined)
    await writeFile(truthFile, `${truthHeader}\n`, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  const { histories, known } = transactionsWithHistories(stream, storeHistories ? historyDays : 0);
  await storeHistories?.(histories);
  const sent = await sendTransactions({
    known: Number.isFinite(count) ? known.take(count) : known,
    predict: predictOver(api),
    rate,
    seconds,
    onAccepted: async (known) => {
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
