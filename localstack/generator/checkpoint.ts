import { readFile } from 'node:fs/promises';
import type { Position } from './files.ts';
import { writeWhole } from './sinks.ts';

/** All settings that the bytes of a run's files depend on. */
export interface RunSettings {
  readonly input: string | null;
  /** Size of the input, to notice that the file has changed. */
  readonly inputBytes: number | null;
  readonly seed: number;
  readonly start: string;
  /** Null leaves the Date_Time of the input unchanged. */
  readonly rowIntervalS: number | null;
  readonly rowsPerFile: number;
  readonly errorRate: number;
}

/** The position of a run, written after each drop. */
export interface Checkpoint {
  readonly settings: RunSettings;
  readonly next: Position;
}

const parse = (content: string, path: string): Checkpoint => {
  const broken = (cause?: unknown) =>
    new Error(`${path} is not a checkpoint: start again with --restart`, { cause });
  let checkpoint: Checkpoint;
  try {
    checkpoint = JSON.parse(content) as Checkpoint;
  } catch (cause) {
    throw broken(cause);
  }
  const { row, file } = checkpoint?.next ?? {};
  if (!Number.isSafeInteger(row) || !Number.isSafeInteger(file)) throw broken();
  return checkpoint;
};

export const readCheckpoint = async (path: string): Promise<Checkpoint | undefined> => {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return content === undefined ? undefined : parse(content, path);
};

/** Writes atomically: a crash leaves the new checkpoint or the one before it. */
export const writeCheckpoint = (path: string, checkpoint: Checkpoint): Promise<void> =>
  writeWhole(path, `${JSON.stringify(checkpoint, null, 2)}\n`);

/**
 * Returns the settings of a run: those of the run to resume or, for a new run, the requested ones and
 * defaults.
 * @throws Error when other settings are requested than those of the run to resume: its next file, which may
 * have been dropped before a crash, would differ
 */
export const settingsToContinue = (
  begun: RunSettings | undefined,
  asked: Partial<RunSettings>,
  defaults: RunSettings,
): RunSettings => {
  if (!begun) return { ...defaults, ...asked };
  for (const [name, value] of Object.entries(asked)) {
    const was = begun[name as keyof RunSettings];
    if (was !== value) {
      throw new Error(
        `the run to resume has ${name} = ${was}, not ${value}: leave the option out, or start again with --restart`,
      );
    }
  }
  return begun;
};
