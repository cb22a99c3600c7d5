import path from 'node:path';
import { parseArgs } from 'node:util';
import { msOf, readDate, readNumber, wholeFrom } from './option-values.ts';
import { perAccountAndDay, type TransactionsProps } from './transactions.ts';

/** After this time all cards have been replaced at least once, and the share of young accounts is stable. */
const defaultHistoryDays = 20;
const maxHistoryTransactions = 2_000_000;

const options = {
  count: { type: 'string' },
  seed: { type: 'string' },
  start: { type: 'string' },
  accounts: { type: 'string' },
  'per-day': { type: 'string' },
  'history-days': { type: 'string' },
  'fraud-share': { type: 'string' },
  'drift-at': { type: 'string' },
  to: { type: 'string' },
  rate: { type: 'string' },
  seconds: { type: 'string' },
  api: { type: 'string' },
  truth: { type: 'string' },
  'labels-after': { type: 'string' },
} as const;

const apiOnly = ['seconds', 'api', 'truth', 'labels-after'] as const;

export interface TransactionFilesCommand {
  readonly mode: 'files';
  readonly stream: TransactionsProps;
  readonly historyDays: number;
  readonly count: number;
  readonly folder: string;
}

export interface TransactionCallsCommand {
  readonly mode: 'calls';
  readonly stream: TransactionsProps;
  readonly historyDays: number;
  readonly count: number;
  readonly rate: number;
  readonly seconds: number;
  readonly apiUrl: string | undefined;
  readonly truthFile: string | undefined;
  /** Time from the score of a transaction to its label; undefined for no labels. */
  readonly labelsAfterMs: number | undefined;
}

type TransactionsCommand = TransactionFilesCommand | TransactionCallsCommand;

/**
 * Reads the command line. Relative paths are resolved against `folder`.
 * @throws Error that names the option and the expected value
 */
export function readTransactionsCommand(
  args: readonly string[],
  { folder, nowMs }: { folder: string; nowMs: number },
): TransactionsCommand {
  const { values } = parseArgs({ args: [...args], options });
  const count = readNumber('count', values.count, wholeFrom(1, 1e9));
  const isFiles = values.rate === undefined;
  const stream = readStream(
    values,
    isFiles ? { seed: 2024, startMs: Date.UTC(2024, 0, 1) } : { seed: nowMs >>> 0, startMs: nowMs },
  );
  const historyDays =
    readNumber('history-days', values['history-days'], { min: 0, max: 1_000 }) ??
    Math.min(defaultHistoryDays, maxHistoryTransactions / stream.perDay);
  if (isFiles) {
    const foreign = apiOnly.find((name) => values[name] !== undefined);
    if (foreign) throw new Error(`--${foreign} is for the API: add --rate`);
    if (values.to === undefined)
      throw new Error('expected --to FOLDER to write files, or --rate N to call the API');
    return {
      mode: 'files',
      stream,
      historyDays,
      count: count ?? 30_000,
      folder: path.resolve(folder, values.to),
    };
  }
  if (values.to !== undefined) throw new Error('--to is for files: remove --rate');
  return {
    mode: 'calls',
    stream,
    historyDays,
    count: count ?? Number.POSITIVE_INFINITY,
    rate: readNumber('rate', values.rate, { min: 0.01, max: 10_000 }) ?? 1,
    seconds: readNumber('seconds', values.seconds, { min: 0.1, max: 1e9 }) ?? Number.POSITIVE_INFINITY,
    apiUrl: values.api,
    truthFile: values.truth === undefined ? undefined : path.resolve(folder, values.truth),
    labelsAfterMs: readDuration(values['labels-after']),
  };
}

type Values = { readonly [Name in keyof typeof options]?: string | undefined };

function readStream(values: Values, defaults: { seed: number; startMs: number }): TransactionsProps {
  const start = readDate('start', values.start);
  const startMs = start === undefined ? defaults.startMs : Date.parse(start);
  const accounts = readNumber('accounts', values.accounts, wholeFrom(1, 10_000_000)) ?? 150;
  const driftAtMs = readDriftAt(values['drift-at'], startMs);
  return {
    seed: readNumber('seed', values.seed, wholeFrom(0, 2 ** 32 - 1)) ?? defaults.seed,
    startMs,
    accounts,
    perDay: readNumber('per-day', values['per-day'], { min: 1, max: 1e9 }) ?? accounts * perAccountAndDay,
    fraudShare: readNumber('fraud-share', values['fraud-share'], { min: 0.001, max: 0.5 }) ?? 0.03,
    ...(driftAtMs === undefined ? {} : { driftAtMs }),
  };
}

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = msOf(text);
  if (ms === undefined) throw new Error(`--labels-after ${text}: expected a time such as 30s, 1m or 2h`);
  return ms;
}

function readDriftAt(text: string | undefined, startMs: number): number | undefined {
  if (text === undefined) return undefined;
  const afterMs = text.startsWith('+') ? msOf(text.slice(1)) : undefined;
  if (afterMs !== undefined) return startMs + afterMs;
  return Date.parse(readDate('drift-at', text) ?? '');
}
