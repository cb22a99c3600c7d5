import path from 'node:path';
import { parseArgs } from 'node:util';
import { readDate, readNumber, wholeFrom } from './option-values.ts';
import { perAccountAndDay, type TransactionsProps } from './transactions.ts';

/** After these all accounts have been replaced at least once, so that there are as many young ones as there always will be. */
const defaultHistoryDays = 20;
const longestHistory = 2_000_000;

export const transactionsUsage = `npm run generate -- transactions [options]
Makes card transactions of which it is known whether they are frauds: as files, or to the API of the running platform.

What:
  --count N           stop after N transactions (default 30,000 as files; to the API without end, until Ctrl-C)
  --seed N            same options, same transactions (default 2024 as files; to the API, which answers a transaction that it
                      knows as it did before, from the clock)
  --start DATE        event time of the first, 2024-01-31 or 2024-01-31T12:00:00Z (default 2024-01-01 as files; to the API, now)
  --accounts N        cards in use at a time (default 150)
  --per-day N         transactions in a day of event time (default ${perAccountAndDay} an account)
  --history-days N    what the accounts did for so long before the start is known to the model; not to an API elsewhere
                      (default ${defaultHistoryDays}, or less if it were more than ${longestHistory / 1e6} million transactions)
  --fraud-share X     share of frauds, 0.001 to 0.5 (default 0.03)
  --drift-at WHEN     from then on people buy otherwise, and three frauds in four are as none was before: a date of event
                      time, or so long after the start: +3d, +12h
As files:
  --to FOLDER         transactions.jsonl, as the API takes them; truth.csv, as files of labels are; training.jsonl, with
                      the features that score-transaction would compute, for train_fraud_model.py
To the API:
  --rate N            transactions per second; event time goes as fast as --per-day and --rate make it
  --seconds N         stop after N seconds
  --api URL           (default: that of the running platform)
  --truth FILE        adds the truth about each transaction that the API took to a CSV file
  --labels-after TIME drops the truth as files of labels into the running platform, so long after: 30s, 1m, 2h; what is
                      left at the end of the run is dropped then

The token for an API elsewhere is read from the variable ISOBAR_PREDICT_TOKEN.
`;

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
  help: { type: 'boolean', short: 'h' },
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
  /** How long after it was scored a transaction is labelled; undefined for never. */
  readonly labelsAfterMs: number | undefined;
}

type TransactionsCommand = TransactionFilesCommand | TransactionCallsCommand | { readonly mode: 'help' };

/** Reads the command line, paths being relative to `folder`, or throws an Error that names the option and what it should be. */
export function readTransactionsCommand(
  args: readonly string[],
  { folder, nowMs }: { folder: string; nowMs: number },
): TransactionsCommand {
  const { values } = parseArgs({ args: [...args], options });
  if (values.help) return { mode: 'help' };
  const count = readNumber('count', values.count, wholeFrom(1, 1e9));
  const isFiles = values.rate === undefined;
  const stream = readStream(
    values,
    isFiles ? { seed: 2024, startMs: Date.UTC(2024, 0, 1) } : { seed: nowMs >>> 0, startMs: nowMs },
  );
  const historyDays =
    readNumber('history-days', values['history-days'], { min: 0, max: 1_000 }) ??
    Math.min(defaultHistoryDays, longestHistory / stream.perDay);
  if (isFiles) {
    const foreign = apiOnly.find((name) => values[name] !== undefined);
    if (foreign) throw new Error(`--${foreign} is for the API: add --rate`);
    if (values.to === undefined)
      throw new Error('where to? --to FOLDER writes files, --rate N calls the API');
    return {
      mode: 'files',
      stream,
      historyDays,
      count: count ?? 30_000,
      folder: path.resolve(folder, values.to),
    };
  }
  if (values.to !== undefined) throw new Error('--to is for files: leave out --rate');
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

type Values = { readonly [Name in Exclude<keyof typeof options, 'help'>]?: string | undefined };

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

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function msOf(text: string): number | undefined {
  const [, count, unit] = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * unitsMs[unit as keyof typeof unitsMs];
}

function readDuration(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = msOf(text);
  if (ms === undefined) throw new Error(`--labels-after is "${text}", expected a time such as 30s, 1m or 2h`);
  return ms;
}

function readDriftAt(text: string | undefined, startMs: number): number | undefined {
  if (text === undefined) return undefined;
  const afterMs = text.startsWith('+') ? msOf(text.slice(1)) : undefined;
  if (afterMs !== undefined) return startMs + afterMs;
  return Date.parse(readDate('drift-at', text) ?? '');
}
