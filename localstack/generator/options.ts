import path from 'node:path';
import { parseArgs } from 'node:util';
import type { RunSettings } from './checkpoint.ts';
import { readDate, readNumber, wholeFrom } from './option-values.ts';

export const usage = `npm run generate -- observations [options]       (and \`transactions\`: see \`npm run generate -- transactions --help\`)
Drops files of weather observations where the platform picks them up, again and again, and resumes where it stopped.

What:
  --input FILE        take the rows of a CSV file with the columns Location, Date_Time, Temperature_C, Humidity_pct,
                      Precipitation_mm, Wind_Speed_kmh (default: synthesised weather, without end)
  --rows N            rows in a file (default 60)
  --error-rate X      share of rows with a missing field, a corrupt number or a corrupt date, 0 to 1 (default 0.02)
  --row-interval S    seconds of event time between rows (default 60; with --input, Date_Time stays as it is)
  --start DATE        event time of the first row, 2024-01-31 or 2024-01-31T12:00:00Z (default: now)
  --seed N            same seed, same rows (default: from the clock)
Where and when:
  --to FOLDER         (default: the bucket of the running platform)
  --interval S        seconds from a file to the next (default 5)
  --files N           stop after N files (default: at the end of the input, or at Ctrl-C)
  --checkpoint FILE   where the run keeps its place (default .isobar/generator.json)
  --restart           begin anew instead of resuming
Stress mode, straight to Kafka:
  --rate N            messages per second
  --topic NAME        (default weather-data)
  --count N           stop after N messages
  --seconds N         stop after N seconds (default 10, if there is no --count)
  --brokers A,B       host:port (default: those of the running platform)
  --allow-remote      send to brokers that are not on this machine
`;

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
  help: { type: 'boolean', short: 'h' },
} as const;

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
  /** What was asked for; the rest comes from the checkpoint, or is as by default. */
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

export type Command = FilesCommand | StressCommand | { readonly mode: 'help' };

/** Leaves out what is undefined, so that it overrides nothing. */
const given = <T extends object>(values: { [K in keyof T]: T[K] | undefined }): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** Reads the command line, paths being relative to `folder`, or throws an Error that names the option and what it should be. */
export const readCommand = (args: readonly string[], folder: string): Command => {
  const readPath = (text: string | undefined) =>
    text === undefined ? undefined : path.resolve(folder, text);
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help) return { mode: 'help' };
  if (positionals.length !== 1 || positionals[0] !== 'observations') {
    throw new Error(
      `what should be generated? \`observations\` and \`transactions\` are known, not \`${positionals.join(' ')}\``,
    );
  }
  const [foreign, reason] =
    values.rate === undefined
      ? [stressOnly.find((name) => values[name] !== undefined), 'is for stress mode: add --rate']
      : [filesOnly.find((name) => values[name] !== undefined), 'is for files: leave out --rate'];
  if (foreign) throw new Error(`--${foreign} ${reason}`);

  const seed = readNumber('seed', values.seed, wholeFrom(0, 2 ** 32 - 1));
  const start = readDate('start', values.start);
  if (values.rate !== undefined) {
    const count = readNumber('count', values.count, wholeFrom(1, 1e12));
    return {
      mode: 'stress',
      rate: readNumber('rate', values.rate, { min: 0.1, max: 1e7 }) ?? 1,
      topic: values.topic ?? 'weather-data',
      count: count ?? Number.POSITIVE_INFINITY,
      seconds:
        readNumber('seconds', values.seconds, { min: 0.1, max: 1e9 }) ??
        (count ? Number.POSITIVE_INFINITY : 10),
      brokers: values.brokers?.split(','),
      allowRemote: values['allow-remote'] ?? false,
      seed,
      start,
    };
  }
  return {
    mode: 'files',
    asked: given<RunSettings>({
      input: readPath(values.input),
      inputBytes: undefined,
      seed,
      start,
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
};
