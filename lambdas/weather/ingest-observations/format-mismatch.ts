import { BadRecord } from '../../shared/failures/failures.ts';
import { show } from '../../shared/failures/fields.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { remedyFor } from './column-remedy.ts';
import type { FieldName } from './header.ts';
import type { Row } from './row-format.ts';

/** The row that a person would take for the header: the first of the most frequent width. */
export function likelyHeader(rows: readonly Row[]): readonly string[] {
  const widths = new Map<number, number>();
  for (const { cells } of rows) widths.set(cells.length, (widths.get(cells.length) ?? 0) + 1);
  const [usual] = [...widths].sort(([a, countA], [b, countB]) => countB - countA || b - a);
  return rows.find(({ cells }) => cells.length === usual?.[0])?.cells.map((name) => name.trim()) ?? [];
}

export function mismatch(names: readonly string[], missing?: readonly FieldName[]): BadRecord {
  const found =
    names.length === 0
      ? 'no columns'
      : `the columns ${shortened(names.map((name) => show(name)).join(', '))}`;
  const expected =
    missing === undefined
      ? `a header with ${observationFields.join(', ')}, or rows in that order`
      : `also ${missing.join(', ')}`;
  return refused(`found ${found}, expected ${expected}`, remedyFor(names));
}

const longest = 400;
const shortened = (text: string) =>
  text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}…`;

export function refused(reason: string, remedy: string): BadRecord {
  return new BadRecord('FORMAT_MISMATCH', `${reason}. Nothing of the file was sent. ${remedy}`);
}
