// `npm run generate -- observations`: generates weather files or messages. `-- transactions`: generates
// labelled card transactions.

import path from 'node:path';
import { defaultStateDir } from '../localstack/endpoints.ts';
import { callApi } from '../localstack/generator/call-api.ts';
import { generateFiles } from '../localstack/generator/generate-files.ts';
import { generateLoad } from '../localstack/generator/generate-load.ts';
import { type FilesCommand, readCommand, type StressCommand } from '../localstack/generator/options.ts';
import { dropToFolder } from '../localstack/generator/sinks.ts';
import { storeHistories } from '../localstack/generator/store-histories.ts';
import { readTransactionsCommand } from '../localstack/generator/transaction-options.ts';
import { writeTransactions } from '../localstack/generator/write-transactions.ts';
import { localLogin } from '../localstack/platform/database-login.ts';
import { readApiToken } from '../localstack/run/api-token.ts';
import { openIncoming } from '../localstack/run/incoming.ts';
import { checkArguments, runCommand } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const elsewhere = 'Use --to or --brokers for another target.';
const context = { nowMs: Date.now(), print: (line: string) => console.log(line), signal: stop.signal };

const args = process.argv.slice(2);
// npm runs scripts in the folder of the project. INIT_CWD is the folder of the caller.
const folder = process.env.INIT_CWD ?? process.cwd();

await (args[0] === 'transactions'
  ? runCommand('generate-transactions', () => makeTransactions(args.slice(1)))
  : runCommand('generate', () => makeObservations()));

async function makeObservations(): Promise<number> {
  const command = checkArguments(() => readCommand(args, folder));
  await (command.mode === 'files' ? makeFiles(command) : makeLoad(command));
  return 0;
}

async function makeTransactions(options: readonly string[]): Promise<number> {
  const command = checkArguments(() => readTransactionsCommand(options, { folder, nowMs: context.nowMs }));
  if (command.mode === 'files') {
    await writeTransactions({ ...context, command });
    return 0;
  }
  const { labelsAfterMs } = command;
  const dropLabels =
    labelsAfterMs === undefined ? undefined : openIncoming(runningPlatform(elsewhere)).dropLabels;
  await callApi({
    ...context,
    command,
    dropLabels,
    api: await apiOf(command.apiUrl),
    storeHistories:
      command.apiUrl === undefined
        ? (histories) => storeHistories(localLogin(runningPlatform(elsewhere), 'fraud'), histories)
        : undefined,
  });
  return 0;
}

/** The local API with its token, or the API at `url` with a token from the environment. */
async function apiOf(url: string | undefined): Promise<{ url: string; token: string }> {
  if (url === undefined) {
    const endpoints = runningPlatform(elsewhere);
    return { url: endpoints.apiUrl, token: await readApiToken(endpoints, 'predict') };
  }
  const token = process.env.ISOBAR_PREDICT_TOKEN;
  if (!token) throw new Error(`The API at ${url} requires a token: set ISOBAR_PREDICT_TOKEN`);
  return { url, token };
}

async function makeFiles(command: FilesCommand): Promise<void> {
  const checkpoint = command.checkpoint ?? path.join(defaultStateDir, 'generator.json');
  const drop =
    command.folder === undefined
      ? openIncoming(runningPlatform(elsewhere)).drop
      : dropToFolder(command.folder);
  await generateFiles({ ...context, command, checkpoint, drop });
}

async function makeLoad(command: StressCommand): Promise<void> {
  await generateLoad({
    ...context,
    command,
    brokers: command.brokers ?? runningPlatform(elsewhere).kafkaBrokers,
  });
}
