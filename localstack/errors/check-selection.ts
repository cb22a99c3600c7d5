import { errorTypes } from '../../lambdas/shared/wire/error-record.ts';
import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import type { ErrorsTable } from './errors-table.ts';
import type { Selection } from './selection.ts';

type Ports = Pick<ErrorsTable, 'exists' | 'values' | 'unknownIds'>;

/**
 * Tells a value that selects nothing because nothing has it, a misspelt one above all. One that any error
 * ever had is known, and so is every type and field of this project.
 *
 * @throws Error with the nearest known values
 */
export async function checkSelection(selection: Selection, ports: Ports): Promise<void> {
  const { type, file, field, ids } = selection;
  if (type !== undefined && !isOneOf(errorTypes, type) && !(await ports.exists({ type })))
    throw unknown('--type', type, 'no error has this type', [
      ...new Set([...(await ports.values('type')), ...errorTypes]),
    ]);
  if (field !== undefined && !isOneOf(observationFields, field) && !(await ports.exists({ field })))
    throw unknown('--field', field, 'no error has this field', [
      ...new Set([...observationFields, ...(await ports.values('field'))]),
    ]);
  if (file !== undefined && !(await ports.exists({ file })))
    throw unknown('--file', file, 'no error is of a file with this in its name', await ports.values('file'));
  const unknownIds = ids === undefined ? [] : await ports.unknownIds(ids);
  if (unknownIds.length > 0)
    throw new Error(
      `There is no error ${unknownIds.slice(0, 10).join(', ')}: \`npm run errors -- list\` shows the ids`,
    );
}

const isOneOf = (known: readonly string[], value: string) => known.includes(value);

const shown = 3;

function unknown(option: string, value: string, why: string, known: readonly string[]): Error {
  const nearest = [...known].sort((a, b) => similarity(b, value) - similarity(a, value)).slice(0, shown);
  const others = known.length - nearest.length;
  if (nearest.length === 0) return new Error(`${option} ${value}: ${why}. There are no open errors.`);
  const more = others > 0 ? [`and ${others} more`] : [];
  return new Error([`${option} ${value}: ${why}. The nearest known:`, ...nearest, ...more].join('\n  '));
}

/** The share of pairs of neighbouring characters that two texts have in common, 0 to 1. */
function similarity(one: string, other: string): number {
  const [a, b] = [pairsOf(one), pairsOf(other)];
  return (2 * [...a].filter((pair) => b.has(pair)).length) / Math.max(1, a.size + b.size);
}

function pairsOf(text: string): Set<string> {
  const lower = text.toLowerCase();
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, at) => lower.slice(at, at + 2)));
}
