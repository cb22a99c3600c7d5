import type { ErrorGroup } from '../../localstack/errors/errors-table.ts';
import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { formatCount, oneLine } from '../../localstack/terminal/text.ts';

const shown = 10;

const titles = { type: 'type', field: 'field', file: 'file', day: 'day (UTC)' } as const;

/** The number of errors in these groups: each error has one type. */
export const errorsIn = (groups: readonly ErrorGroup[]): number =>
  groups.filter(({ by }) => by === 'type').reduce((sum, { errors }) => sum + errors, 0);

/** A table for each kind of group: the largest groups first, of days the latest. */
export function renderSummary(groups: readonly ErrorGroup[], view: View): string[] {
  const all = errorsIn(groups);
  if (all === 0) return ['No errors.'];
  const tables = (Object.keys(titles) as (keyof typeof titles)[]).flatMap((by) => {
    const ofKind = groups.filter((group) => group.by === by);
    return ofKind.length === 0 ? [] : ['', ...renderGroups(by, ofKind, all, view)];
  });
  const [largest] = groups.filter(({ by }) => by === 'type');
  return [
    `${formatCount(all)} ${all === 1 ? 'error' : 'errors'}`,
    ...tables,
    '',
    `To see them: npm run errors -- list --type ${largest?.value}`,
  ];
}

function renderGroups(
  by: keyof typeof titles,
  groups: readonly ErrorGroup[],
  all: number,
  view: View,
): string[] {
  const sorted =
    by === 'day' ? groups.toSorted((a, b) => ((a.value ?? '') < (b.value ?? '') ? 1 : -1)) : groups;
  const first = sorted.slice(0, shown);
  const head: Column[] = [
    { title: 'errors', align: 'right' },
    { title: 'share', align: 'right' },
    { title: titles[by] },
  ];
  const rows = first.map(({ value, errors }) => [
    formatCount(errors),
    shareOf(errors, all),
    oneLine(value ?? 'no file: a message on Kafka'),
  ]);
  const rest = sorted.slice(shown);
  const more = `and ${formatCount(rest.length)} more, with ${formatCount(
    rest.reduce((sum, { errors }) => sum + errors, 0),
  )} errors`;
  return [...renderTable(head, rows, view), ...(rest.length > 0 ? [more] : [])];
}

function shareOf(errors: number, all: number): string {
  const percent = (100 * errors) / all;
  return percent > 0 && percent < 1 ? '<1 %' : `${Math.floor(percent)} %`;
}
