import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { cut, oneLine, padEnd, painter, visible } from '../../localstack/terminal/text.ts';
import type { ErrorRow } from './errors-table.ts';

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
    row.status === 'NEW' && row.corrected !== null ? 'CORRECTED' : row.status,
    row.type,
    oneLine(sourceOf(row)),
    ...(isWide ? [oneLine(row.reason)] : []),
  ]);
  const [titleLine = '', rule = '', ...lines] = renderTable(head, cells, view);
  const reasonOf = (place: number) => cut(`    ${oneLine(rows[place]?.reason ?? '')}`, view.width);
  return [titleLine, rule, ...lines.flatMap((line, place) => (isWide ? [line] : [line, reasonOf(place)]))];
}

const labelColumns = 13;

/** One error, with a line for each field. */
export function renderError(row: ErrorRow, { colour }: Pick<View, 'colour'>): string[] {
  const paint = painter(colour);
  const fields: [string, string | number | null][] = [
    ['Error', row.id],
    ['Status', row.status],
    ['Type', row.type],
    ['Reason', row.reason],
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
