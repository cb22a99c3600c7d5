import { readFile } from 'node:fs/promises';
import type { Position } from './files.ts';
import { writeWhole } from './sinks.ts';

/** All that decides the bytes of the files of a run. */
export interface RunSettings {
  readonly input: string | null;
  /** Of the input, to notice that it is another file by now. */
  readonly inputBytes: number | null;
  readonly seed: number;
  readonly start: string;
  /** Null leaves the Date_Time of the input as it is. */
  readonly rowIntervalS: number | null;
  readonly rowsPerFile: number;
  readonly errorRate: number;
}

/** Where a run stands: written after each drop. */
export interface Checkpoint {
  readonly settings: RunSettings;
  readonly next: Position;
}

const parse = (content: string, path: string): Checkpoint => {
  try {
    const checkpoint = JSON.parse(content) as Checkpoint;
    if (Number.isSafeInteger(checkpoint.next.row) && Number.isSafeInteger(checkpoint.next.file))
      return checkpoint;
  } catch (cause) {
    throw new Error(`${path} is no checkpoint; --restart begins anew`, { cause });
  }
  throw new Error(`${path} is no checkpoint; --restart begins anew`);
};

export const readCheckpoint = async (path: string): Promise<Checkpoint | undefined> => {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return content === undefined ? undefined : parse(content, path);
};

/** A crash leaves the checkpoint of this drop or of the one before, never half of one. */
export const writeCheckpoint = (path: string, checkpoint: Checkpoint): Promise<void> =>
  writeWhole(path, `${JSON.stringify(checkpoint, null, 2)}\n`);

/**
 * The settings to continue with: what was asked for where no run was begun, else those of the run. Asking for others than
 * the run's is an error: its next file would not be the one that a crash may have dropped already.
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
        `the run to resume has ${name} = ${was}, not ${value}; leave it out, or --restart to begin anew`,
      );
    }
  }
  return begun;
};
