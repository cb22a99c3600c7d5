import type { ErrorRow } from '../../localstack/errors/errors-table.ts';
import type { Fixed, Unfixed } from '../../localstack/errors/fix-many.ts';
import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { cut, formatCount, oneLine, padEnd, painter, visible } from '../../localstack/terminal/text.ts';
import type { Imported, LineFault } from './import-errors.ts';

/** The source of the record: `file:line`, or its place in Kafka. */
const sourceOf = ({ fileName, line, topic, partition, offset }: ErrorRow): string => {
  if (fileName !== null) return `${fileName.split('/').at(-1)}${line === null ? '' : `:${line}`}`;
  return topic === null ? '' : `${topic}/${partition}/${offset}`;
};

const minuteOf = (time: Date) => time.toISOString().slice(0, 16).replace('T', ' ');

/** In a narrower terminal, the reason has its own line. */
const oneLineColumns = 140;

/** One line for each error, or two, of at most `width` columns. */
export function renderList(rows: readonly ErrorRow[], view: View): string[] {
  if (rows.length === 0) return ['No errors.'];
  const isWide = view.width >= oneLineColumns;
  const titles = ['when (UTC)', 'status', 'type', 'from', ...(isWide ? ['reason'] : [])];
  const head: Column[] = [{ title: 'id', align: 'right' }, ...titles.map((title) => ({ title }))];
  const cells = rows.map((row) => [
    String(row.id),
    minuteOf(row.createdAt),
    statusOf(row),
    row.type,
    oneLine(sourceOf(row)),
    ...(isWide ? [oneLine(row.reason)] : []),
  ]);
  const [titleLine = '', rule = '', ...lines] = renderTable(head, cells, view);
  const reasonOf = (place: number) => cut(`    ${oneLine(rows[place]?.reason ?? '')}`, view.width);
  return [titleLine, rule, ...lines.flatMap((line, place) => (isWide ? [line] : [line, reasonOf(place)]))];
}

/** A NEW error that is corrected, or in part: then some fields are still wrong. */
const statusOf = ({ status, corrected, fields }: ErrorRow): string => {
  if (status !== 'NEW' || corrected === null) return status;
  return fields.length > 0 ? 'IN PART' : 'CORRECTED';
};

const labelColumns = 13;

/** One error, with a line for each field. */
export function renderError(row: ErrorRow, { colour }: Pick<View, 'colour'>): string[] {
  const paint = painter(colour);
  const fields: [string, string | number | null][] = [
    ['Error', row.id],
    ['Status', statusOf(row)],
    ['Type', row.type],
    ['Reason', row.reason],
    ['Still wrong', row.corrected !== null && row.fields.length > 0 ? row.fields.join(', ') : null],
    ['File', row.fileName],
    ['Line', row.line],
    ['Location', row.location],
    ['Kafka record', row.topic === null ? null : `${row.topic}/${row.partition}/${row.offset}`],
    ['Retries', row.retries],
    ['Failed in', row.failedIn],
    ['First failed', row.firstFailedAt?.toISOString() ?? null],
    ['Cause', row.cause?.replaceAll('\n', `\n${' '.repeat(labelColumns)}`) ?? null],
    ['Stored', row.createdAt.toISOString()],
    ['Settled', row.settledAt?.toISOString() ?? null],
    ['Raw row', row.rawRow],
    ['Corrected', row.corrected],
  ];
  return fields.flatMap(([label, value]) =>
    value === null ? [] : [`${paint('dim', padEnd(label, labelColumns))}${visible(String(value))}`],
  );
}

const unfixedShown = 10;

/** The first errors that could not be corrected or sent, and why, one line each. */
export function renderUnfixed(unfixed: readonly Unfixed[], view: View): string[] {
  const head: Column[] = [{ title: 'id', align: 'right' }, { title: 'why' }];
  const rows = unfixed.slice(0, unfixedShown).map(({ id, reason }) => [String(id), oneLine(reason)]);
  const others = unfixed.length - rows.length;
  return [...renderTable(head, rows, view), ...(others > 0 ? [`and ${formatCount(others)} more`] : [])];
}

/** The outcome of a correction of many errors, and what to do next. */
export function renderFixed(
  { valid, stillWrong, notCorrected }: Fixed,
  { dryRun }: { readonly dryRun: boolean },
  view: View,
): string[] {
  const corrected = valid + stillWrong.length;
  const list = (title: string, unfixed: readonly Unfixed[]) =>
    unfixed.length === 0
      ? []
      : ['', `${formatCount(unfixed.length)} ${title}:`, ...renderUnfixed(unfixed, view)];
  const next = dryRun ? 'Nothing was changed: leave out --dry-run to correct them.' : sendNext;
  return [
    `${formatCount(corrected)} ${dryRun ? 'would be corrected' : 'corrected'}: ${formatCount(valid)} ` +
      `${dryRun ? 'would be valid' : 'are valid now'}, ${formatCount(stillWrong.length)} still wrong`,
    ...list('still wrong', stillWrong),
    ...list('left as they are', notCorrected),
    ...(dryRun || valid > 0 ? ['', next] : []),
  ];
}

const sendNext = 'To send them: npm run errors -- redrive, with the same selection';

const linesShown = 50;

/** What came of each line of an imported file. */
export function renderImported(
  { valid, unchanged, stillWrong, notTaken }: Imported,
  { dryRun }: { readonly dryRun: boolean },
  view: View,
): string[] {
  const list = (title: string, faults: readonly LineFault[]) => {
    if (faults.length === 0) return [];
    const rows = faults
      .slice(0, linesShown)
      .map(({ line, id, reason }) => [String(line), String(id ?? ''), oneLine(reason)]);
    const head: Column[] = [
      { title: 'line', align: 'right' },
      { title: 'id', align: 'right' },
      { title: 'why' },
    ];
    const others = faults.length - rows.length;
    const more = others > 0 ? [`and ${formatCount(others)} more: --json lists all of them`] : [];
    return ['', `${formatCount(faults.length)} ${title}:`, ...renderTable(head, rows, view), ...more];
  };
  const corrected = valid + stillWrong.length;
  const next = dryRun ? 'Nothing was changed: leave out --dry-run to correct them.' : redriveNext;
  return [
    `${formatCount(corrected)} ${dryRun ? 'would be corrected' : 'corrected'}: ${formatCount(valid)} valid, ` +
      `${formatCount(stillWrong.length)} still wrong. ${formatCount(unchanged)} unchanged.`,
    ...list('still wrong', stillWrong),
    ...list('not taken', notTaken),
    ...(dryRun || valid > 0 ? ['', next] : []),
  ];
}

const redriveNext = 'To send what is valid: npm run errors -- redrive --all';
