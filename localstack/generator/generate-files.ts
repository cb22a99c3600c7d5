import { stat } from 'node:fs/promises';
import { type RunSettings, readCheckpoint, settingsToContinue, writeCheckpoint } from './checkpoint.ts';
import { dropFiles } from './drop-files.ts';
import { invalidRows, type ObservationsFile, observationsFiles } from './files.ts';
import type { FilesCommand } from './options.ts';
import { type RowSource, rowsOfFile, synthesisedRows } from './rows.ts';
import type { Drop } from './sinks.ts';

export interface GenerateFilesProps {
  readonly command: FilesCommand;
  readonly checkpoint: string;
  readonly drop: Drop;
  readonly nowMs: number;
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Describes the input as it is now, so that a resumed run notices a changed file. */
const describeInput = async (input: string | undefined): Promise<Partial<RunSettings>> => {
  if (input === undefined) return {};
  const { size } = await stat(input).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`--input ${input}: ${cause.code === 'ENOENT' ? 'no such file' : cause.message}`, {
      cause,
    });
  });
  return { input, inputBytes: size };
};

const defaultsFor = (input: string | undefined, nowMs: number): RunSettings => ({
  input: null,
  inputBytes: null,
  seed: nowMs >>> 0,
  start: new Date(nowMs - (nowMs % 1000)).toISOString(),
  rowIntervalS: input === undefined ? 60 : null,
  rowsPerFile: 60,
  errorRate: 0.02,
});

const sourceOf = ({ input, rowIntervalS, seed, start }: RunSettings): RowSource => {
  const startMs = Date.parse(start);
  const schedule = rowIntervalS === null ? undefined : { startMs, rowIntervalMs: rowIntervalS * 1000 };
  if (input !== null) return rowsOfFile(input, schedule);
  return synthesisedRows({ seed, startMs, rowIntervalMs: (rowIntervalS ?? 60) * 1000 });
};

const describe = ({ name, truth }: ObservationsFile): string => {
  const { rows, missingField, corruptNumber, corruptDate } = truth;
  const invalid = invalidRows(truth);
  const kinds = `${missingField} missing fields, ${corruptNumber} corrupt numbers, ${corruptDate} corrupt dates`;
  return `${name}  ${rows} rows${invalid === 0 ? '' : `, ${invalid} invalid: ${kinds}`}`;
};

/**
 * Drops files of observations, and writes the checkpoint after each. Resumes from the checkpoint if there is
 * one.
 */
export const generateFiles = async (props: GenerateFilesProps): Promise<void> => {
  const { command, checkpoint, drop, nowMs, print, signal } = props;
  const begun = command.restart ? undefined : await readCheckpoint(checkpoint);
  const input = command.asked.input ?? begun?.settings.input ?? undefined;
  const asked = { ...command.asked, ...(await describeInput(input)) };
  const settings = settingsToContinue(begun?.settings, asked, defaultsFor(input, nowMs));
  const { seed, rowsPerFile, errorRate } = settings;
  if (begun)
    print(`Resuming after ${begun.next.file} files, ${begun.next.row} rows; --restart starts again.`);

  const from = begun?.next ?? { file: 0, row: 0 };
  let last = from;
  await dropFiles({
    files: observationsFiles({ source: sourceOf(settings), seed, rowsPerFile, errorRate, from }),
    drop,
    intervalMs: command.intervalMs,
    ...(command.limit === undefined ? {} : { limit: command.limit }),
    onDropped: async (file) => {
      await writeCheckpoint(checkpoint, { settings, next: file.next });
      last = file.next;
      print(describe(file));
    },
    signal,
  });
  print(`${last.file - from.file} files, ${last.row - from.row} rows dropped.`);
};
