import type { Drop } from './sinks.ts';
import { type KnownTransaction, truthHeader, truthLine } from './transactions.ts';

export interface LabelFilesProps {
  readonly drop: Drop;
  /** Time from the score of a transaction to its label. */
  readonly delayMs: number;
  /** Least time between two files. */
  readonly everyMs: number;
  readonly now: () => number;
}

/** Holds the truth about transactions back for a while, and then drops it as files of labels. */
export function labelFiles({ drop, delayMs, everyMs, now }: LabelFilesProps) {
  const kept: { readonly line: string; readonly dueMs: number }[] = [];
  let dropped = 0;
  let lastMs = Number.NEGATIVE_INFINITY;

  const dropFirst = async (count: number): Promise<void> => {
    if (count === 0) return;
    lastMs = now();
    const lines = kept.splice(0, count).map(({ line }) => line);
    const name = `labels-${lastMs}-${String(dropped).padStart(6, '0')}.csv`;
    dropped += lines.length;
    await drop({ name, content: Buffer.from([truthHeader, ...lines, ''].join('\n')) });
  };

  return {
    add: (known: KnownTransaction): void => {
      kept.push({ line: truthLine(known), dueMs: now() + delayMs });
    },
    /** Drops the labels that are due, unless the last file is too recent. */
    dropDue: async (): Promise<void> => {
      if (now() < lastMs + everyMs) return;
      const firstLater = kept.findIndex(({ dueMs }) => dueMs > now());
      await dropFirst(firstLater < 0 ? kept.length : firstLater);
    },
    /** Drops all labels at the end of a run, due or not. */
    dropRest: () => dropFirst(kept.length),
    dropped: () => dropped,
  };
}
