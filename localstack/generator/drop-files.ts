import { setTimeout as delay } from 'node:timers/promises';
import type { ObservationsFile } from './files.ts';
import type { Drop } from './sinks.ts';

export interface DropFilesProps {
  readonly files: AsyncIterable<ObservationsFile>;
  readonly drop: Drop;
  /** Between a drop and the next. */
  readonly intervalMs: number;
  /** Files to drop; by default all there are. */
  readonly limit?: number;
  /** Called once the file is dropped. The run goes on when it resolves. */
  readonly onDropped: (dropped: ObservationsFile & { readonly source: string }) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Drops files one by one, at an even pace, until they end or the signal says so. A file is recorded as done only after it
 * is dropped: killed in between, a run drops that file once more, under the same name and with the same bytes.
 */
export const dropFiles = async (props: DropFilesProps): Promise<void> => {
  const { files, drop, intervalMs, limit = Number.POSITIVE_INFINITY, onDropped, signal } = props;
  let dropped = 0;
  let due = performance.now();
  for await (const file of files) {
    if (dropped === limit) return;
    await delay(Math.max(0, due - performance.now()), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    const source = await drop(file);
    await onDropped({ ...file, source });
    dropped += 1;
    due = Math.max(due, performance.now() - intervalMs) + intervalMs;
  }
};
