import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { type Corrected, correctRow } from './correct.ts';
import type { ErrorsTable } from './errors-table.ts';
import type { Correction } from './selection.ts';

/**
 * Corrects one error and stores the correction, a row that is still wrong included.
 * @throws Error when the error is settled, or was changed meanwhile
 */
export async function fixOne(
  id: number,
  correction: Correction,
  { show, correct, limits }: Pick<ErrorsTable, 'show' | 'correct'> & { readonly limits: Limits },
): Promise<Corrected> {
  const row = await show(id);
  if (row.status !== 'NEW')
    throw new Error(`Error ${id} is ${row.status}. Only NEW errors can be corrected.`);
  const corrected = correctRow(row, correction, limits);
  const { text, fields } = corrected;
  if ((await correct([{ id, before: row.corrected, text, fields }])).length === 0)
    throw new Error(`Somebody else has changed error ${id} meanwhile: look at it, and correct it again.`);
  return corrected;
}
