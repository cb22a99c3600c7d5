/** Tables that grow with every transaction, and whose rows are of no use after some time. */
export type PrunedTable =
  | 'scored_requests'
  | 'account_activity'
  | 'metric_updates'
  | 'predictions'
  | 'labels'
  | 'model_evaluations';

export interface Ports {
  /** Deletes at most `most` rows from before a time, and returns the number deleted. */
  readonly deleteSome: (table: PrunedTable, beforeMs: number, most: number) => Promise<number>;
  readonly now: () => number;
}

/** Rows in one short transaction, so that scoring goes on meanwhile. */
export const rowsAtOnce = 5_000;

/** Rows left after this time are deleted by the next run. An hour adds fewer rows than this time deletes. */
const budgetMs = 4 * 60_000;

const dayMs = 86_400_000;

/**
 * Deletes rows that are older than their table keeps them, in small batches, for four minutes at most. The
 * tables take turns, so that every one is pruned even if one has very many old rows.
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
      // Whole days, so that the five minutes counted in one row of model_evaluations are deleted together.
      const beforeMs = Math.floor(startedAtMs / dayMs - keepDays[table]) * dayMs;
      const rows = await deleteSome(table, beforeMs, rowsAtOnce);
      if (rows > 0) deleted[table] = (deleted[table] ?? 0) + rows;
      if (rows >= rowsAtOnce) full.push(table);
    }
    left = full;
  }
  return { deleted, isDone: left.length === 0 };
}
