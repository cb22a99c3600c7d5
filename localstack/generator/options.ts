import path from 'node:path';
import { parseArgs } from 'node:util';
import type { RunSettings } from './checkpoint.ts';
import { readDate, readNumber, wholeFrom } from './option-values.ts';

const options = {
  input: { type: 'string' },
  rows: { type: 'string' },
  'error-rate': { type: 'string' },
  'row-interval': { type: 'string' },
  start: { type: 'string' },
  seed: { type: 'string' },
  to: { type: 'string' },
  interval: { type: 'string' },
  files: { type: 'string' },
  checkpoint: { type: 'string' },
  restart: { type: 'boolean' },
  rate: { type: 'string' },
  topic: { type: 'string' },
  count: { type: 'string' },
  seconds: { type: 'string' },
  brokers: { type: 'string' },
  'allow-remote': { type: 'boolean' },
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'];

const stressOnly = ['topic', 'count', 'seconds', 'brokers', 'allow-remote'] as const;
const filesOnly = [
  'input',
  'rows',
  'error-rate',
  'row-interval',
  'to',
  'interval',
  'files',
  'checkpoint',
  'restart',
] as const;

export interface FilesCommand {
  readonly mode: 'files';
  /** Settings given on the command line. The others come from the checkpoint, or have their defaults. */
  readonly asked: Partial<RunSettings>;
  readonly folder: string | undefined;
  readonly intervalMs: number;
  readonly limit: number | undefined;
  readonly checkpoint: string | undefined;
  readonly restart: boolean;
}

export interface StressCommand {
  readonly mode: 'stress';
  readonly rate: number;
  readonly topic: string;
  readonly count: number;
  readonly seconds: number;
  readonly brokers: readonly string[] | undefined;
  readonly allowRemote: boolean;
  readonly seed: number | undefined;
  readonly start: string | undefined;
}

export type Command = FilesCommand | StressCommand;

/**
 * Reads the command line. Relative paths are resolved against `folder`.
 * @throws Error that names the option and the expected value
 */
export const readCommand = (args: readonly string[], folder: string): Command => {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (positionals.length !== 1 || positionals[0] !== 'observations')
    throw new Error(`expected \`observations\` or \`transactions\`, found \`${positionals.join(' ')}\``);
  return values.rate === undefined ? readFilesCommand(values, folder) : readStressCommand(values);
};

function readFilesCommand(values: Values, folder: string): FilesCommand {
  const foreign = stressOnly.find((name) => values[name] !== undefined);
  if (foreign) throw new Error(`--${foreign} is for stress mode: add --rate`);
  const readPath = (text: string | undefined) =>
    text === undefined ? undefined : path.resolve(folder, text);
  return {
    mode: 'files',
    asked: withoutUndefined<RunSettings>({
      input: readPath(values.input),
      inputBytes: undefined,
      seed: readSeed(values),
      start: readDate('start', values.start),
      rowIntervalS: readNumber('row-interval', values['row-interval'], { min: 0.001, max: 1e6 }),
      rowsPerFile: readNumber('rows', values.rows, wholeFrom(1, 1_000_000)),
      errorRate: readNumber('error-rate', values['error-rate'], { min: 0, max: 1 }),
    }),
    folder: readPath(values.to),
    intervalMs: (readNumber('interval', values.interval, { min: 0, max: 86_400 }) ?? 5) * 1000,
    limit: readNumber('files', values.files, wholeFrom(1, 1e9)),
    checkpoint: readPath(values.checkpoint),
    restart: values.restart ?? false,
  };
}

function readStressCommand(values: Values): StressCommand {
  const foreign = filesOnly.find((name) => values[name] !== undefined);
  if (foreign) throw new Error(`--${foreign} is for files: remove --rate`);
  const count = readNumber('count', values.count, wholeFrom(1, 1e12));
  const defaultSeconds = count === undefined ? 10 : Number.POSITIVE_INFINITY;
  return {
    mode: 'stress',
    rate: readNumber('rate', values.rate, { min: 0.1, max: 1e7 }) ?? 1,
    topic: values.topic ?? 'weather-data',
    count: count ?? Number.POSITIVE_INFINITY,
    seconds: readNumber('seconds', values.seconds, { min: 0.1, max: 1e9 }) ?? defaultSeconds,
    brokers: values.brokers?.split(','),
    allowRemote: values['allow-remote'] ?? false,
    seed: readSeed(values),
    start: readDate('start', values.start),
  };
}

const readSeed = (values: Values) => readNumber('seed', values.seed, wholeFrom(0, 2 ** 32 - 1));

/** Drops undefined values, so that they override no setting. */
const withoutUndefined = <T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
