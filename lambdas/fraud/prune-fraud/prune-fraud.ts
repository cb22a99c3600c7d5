/** What grows with every transaction, and is of no use after some time. */
export type PrunedTable =
  | 'scored_requests'
  | 'account_activity'
  | 'metric_updates'
  | 'predictions'
  | 'labels'
  | 'model_evaluations';

export interface Ports {
  /** Deletes rows of before that time, so many at most, and returns how many they were. */
  readonly deleteSome: (table: PrunedTable, beforeMs: number, most: number) => Promise<number>;
  readonly now: () => number;
}

/** Each batch is a transaction of its own, and short: scoring goes on beside it. */
export const rowsAtOnce = 5_000;

/** What is left is deleted next time: an hour brings less than this deletes. */
const budgetMs = 4 * 60_000;

const dayMs = 86_400_000;

/**
 * Deletes what has been kept long enough, in small batches, for some minutes at most. The tables take turns, so that a long one
 * does not keep the others from being pruned. Returns how many rows went.
 */
export async function pruneFraud(
  keepDays: Readonly<Record<PrunedTable, number>>,
  { deleteSome, now }: Ports,
): Promise<{ readonly deleted: Partial<Record<PrunedTable, number>>; readonly isDone: boolean }> {
  const startedAtMs = now();
  const deleted: Partial<Record<PrunedTable, number>> = {};
  let left = Object.keys(keepDays) as PrunedTable[];
  while (left.length > 0 && now() - startedAtMs < budgetMs) {
    const full: PrunedTable[] = [];
    for (const table of left) {
      // By whole days, so that the spans of time that are counted as one row go as a whole.
      const beforeMs = Math.floor(startedAtMs / dayMs - keepDays[table]) * dayMs;
      const rows = await deleteSome(table, beforeMs, rowsAtOnce);
      if (rows > 0) deleted[table] = (deleted[table] ?? 0) + rows;
      if (rows >= rowsAtOnce) full.push(table);
    }
    left = full;
  }
  return { deleted, isDone: left.length === 0 };
}
