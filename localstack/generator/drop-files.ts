import type { ObservationsFile } from './files.ts';
import { pause } from './pause.ts';
import type { Drop } from './sinks.ts';

export interface DropFilesProps {
  readonly files: AsyncIterable<ObservationsFile>;
  readonly drop: Drop;
  /** Time between drops. */
  readonly intervalMs: number;
  /** Number of files to drop; all by default. */
  readonly limit?: number;
  /** Called after each drop. The run continues when it resolves. */
  readonly onDropped: (dropped: ObservationsFile & { readonly source: string }) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Drops files one by one at an even pace, until there are no more or the signal aborts. A file is recorded
 * after its drop: a run that is killed in between drops that file again, with the same name and bytes.
 */
export const dropFiles = async (props: DropFilesProps): Promise<void> => {
  const { files, drop, intervalMs, limit = Number.POSITIVE_INFINITY, onDropped, signal } = props;
  let dropped = 0;
  let due = performance.now();
  for await (const file of files) {
    if (dropped === limit) return;
    await pause(due - performance.now(), signal);
    if (signal.aborted) return;
    const source = await drop(file);
    await onDropped({ ...file, source });
    dropped += 1;
    due = Math.max(due, performance.now() - intervalMs) + intervalMs;
  }
};
