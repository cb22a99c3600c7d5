import { BadRecord } from '../../shared/failures/failures.ts';
import { show } from '../../shared/failures/fields.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { remedyFor } from './column-remedy.ts';
import type { FieldName } from './header.ts';
import type { Row } from './row-format.ts';

/** Titles and comments before a header are rarely more. */
export const headerWithin = 60;

/**
 * The row that a person would take for the header, the first of the most frequent width, and those behind it.
 */
export function likelyHeader<R extends Pick<Row, 'cells'>>(rows: readonly R[]) {
  const searched = rows.slice(0, headerWithin);
  const widths = new Map<number, number>();
  for (const { cells } of searched) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  const [usual] = [...widths].sort(([a, countA], [b, countB]) => countB - countA || b - a);
  const at = searched.findIndex(({ cells }) => cells.length === usual?.[0]);
  return {
    names: searched[at]?.cells.map((name) => name.trim()) ?? [],
    behind: rows.slice(at + 1),
  };
}

/** @param offer to end the remedy with */
export function mismatch(names: readonly string[], missing?: readonly FieldName[], offer = ''): BadRecord {
  const found =
    names.length === 0
      ? 'no columns'
      : `the columns ${shortened(names.map((name) => show(name)).join(', '))}`;
  const expected =
    missing === undefined
      ? `a header with ${observationFields.join(', ')}, or rows in that order`
      : `also ${missing.join(', ')}`;
  return refused(`found ${found}, expected ${expected}`, remedyFor(names) + offer);
}

const longest = 400;
const shortened = (text: string) =>
  text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;

export function refused(reason: string, remedy: string): BadRecord {
  return new BadRecord('FORMAT_MISMATCH', `${reason}. Nothing of the file was sent. ${remedy}`);
}
