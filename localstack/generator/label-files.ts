import type { Drop } from './sinks.ts';
import { type KnownTransaction, truthHeader, truthLine } from './transactions.ts';

export interface LabelFilesProps {
  readonly drop: Drop;
  /** How long after it was scored the truth about a transaction is told. */
  readonly delayMs: number;
  /** The least time between two files. */
  readonly everyMs: number;
  readonly now: () => number;
}

/** Keeps the truth about transactions for a while, and then drops it as files of labels. */
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
    /** Drops what is due, if the last file is not too recent. */
    dropDue: async (): Promise<void> => {
      if (now() < lastMs + everyMs) return;
      const firstLater = kept.findIndex(({ dueMs }) => dueMs > now());
      await dropFirst(firstLater < 0 ? kept.length : firstLater);
    },
    /** Drops all, due or not: nobody will be here later. */
    dropRest: () => dropFirst(kept.length),
    dropped: () => dropped,
  };
}
