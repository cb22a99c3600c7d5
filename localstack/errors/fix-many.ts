import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import { correctRow, fieldCells } from './correct.ts';
import type { ErrorRow, ErrorsTable, StoredCorrection } from './errors-table.ts';
import type { BulkCorrection, Fields, Selection } from './selection.ts';

export interface FixPorts extends Pick<ErrorsTable, 'next' | 'correct'> {
  readonly limits: Limits;
  readonly showProgress?: (done: number) => void;
}

export interface Fixed {
  /** Errors whose rows can be sent now. */
  readonly valid: number;
  /** Corrected rows that are still wrong, and why. */
  readonly stillWrong: readonly Unfixed[];
  /** Errors that were left as they are, and why. */
  readonly notCorrected: readonly Unfixed[];
}

export interface Unfixed {
  readonly id: number;
  readonly reason: string;
}

const rowsAtOnce = 1_000;

/** Sets fields in every selected row whose fields have the values of `where`. Each error by itself. */
export async function fixMany(
  selection: Selection,
  { where, set, dryRun }: BulkCorrection,
  { next, correct, limits, showProgress }: FixPorts,
): Promise<Fixed> {
  let valid = 0;
  const stillWrong: Unfixed[] = [];
  const notCorrected: Unfixed[] = [];
  let done = 0;
  for (let afterId = 0; ; ) {
    const rows = await next(selection, afterId, rowsAtOnce);
    const last = rows.at(-1);
    if (!last) return { valid, stillWrong, notCorrected };
    afterId = last.id;

    const corrections: (StoredCorrection & { fault?: string })[] = [];
    for (const row of rows.filter((row) => has(row, where))) {
      try {
        if (row.status !== 'NEW') throw new Error(`It is ${row.status}: only NEW errors can be corrected`);
        corrections.push({ id: row.id, before: row.corrected, ...correctRow(row, { fields: set }, limits) });
      } catch (error) {
        notCorrected.push({ id: row.id, reason: reasonOf(error) });
      }
    }
    const stored = new Set(dryRun ? corrections.map(({ id }) => id) : await correct(corrections));
    for (const { id, fault } of corrections) {
      if (!stored.has(id)) notCorrected.push({ id, reason: 'Somebody else has changed it meanwhile' });
      else if (fault === undefined) valid++;
      else stillWrong.push({ id, reason: fault });
    }
    done += rows.length;
    showProgress?.(done);
  }
}

/** An empty value stands for an empty or absent field. */
function has(row: ErrorRow, where: Fields): boolean {
  if (Object.keys(where).length === 0) return true;
  const cells = fieldCells(row);
  return observationFields.every(
    (name, place) => where[name] === undefined || (cells[place] ?? '').trim() === where[name].trim(),
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  throw error;
}
