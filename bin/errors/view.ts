import { cut, type Paint, padEnd, padStart } from '../../localstack/terminal/text.ts';
import type { ErrorRow } from './errors-table.ts';

/** Where the bad record came from: `file:line`, else its place in Kafka. */
const sourceOf = ({ fileName, line, topic, partition, offset }: ErrorRow): string => {
  if (fileName !== null) return `${fileName.split('/').at(-1)}${line === null ? '' : `:${line}`}`;
  return topic === null ? '' : `${topic}/${partition}/${offset}`;
};

const minuteOf = (time: Date) => time.toISOString().slice(0, 16).replace('T', ' ');

/** Narrower than this, the reason has a line of its own. */
const oneLineColumns = 140;

/** One line for each error, or two, of at most `width` columns. */
export function renderList(
  rows: readonly ErrorRow[],
  { width, paint }: { width: number; paint: Paint },
): string[] {
  if (rows.length === 0) return ['No errors.'];
  const columns = (id: string, time: string, status: string, type: string, source: string) =>
    `${padStart(id, 7)}  ${padEnd(time, 16)}  ${padEnd(status, 9)}  ${padEnd(type, 17)}  ${padEnd(cut(source, 24), 24)}`;
  const lines = (first: string, reason: string) =>
    (width < oneLineColumns ? [first, `${' '.repeat(9)}${reason}`] : [`${first}  ${reason}`]).map((line) =>
      cut(line.trimEnd(), width),
    );
  return [
    paint('dim', cut(columns('ID', 'WHEN (UTC)', 'STATUS', 'TYPE', 'FROM').trimEnd(), width)),
    ...rows.flatMap((row) => {
      const status = row.status === 'NEW' && row.corrected !== null ? 'CORRECTED' : row.status;
      const first = columns(String(row.id), minuteOf(row.createdAt), status, row.type, sourceOf(row));
      return lines(first, visible(row.reason));
    }),
  ];
}

const labelColumns = 13;

/** All that is known of one error, a line each. */
export function renderError(row: ErrorRow, paint: Paint): string[] {
  const fields: [string, string | number | null][] = [
    ['Error', row.id],
    ['Status', row.status],
    ['Type', row.type],
    ['Reason', row.reason],
    ['File', row.fileName],
    ['Line', row.line],
    ['Location', row.location],
    ['In Kafka', row.topic === null ? null : `${row.topic}/${row.partition}/${row.offset}`],
    ['Retries', row.retries],
    ['Failed in', row.failedIn],
    ['First failed', row.firstFailedAt?.toISOString() ?? null],
    ['Failed of', row.cause?.replaceAll('\n', `\n${' '.repeat(labelColumns)}`) ?? null],
    ['Stored', row.createdAt.toISOString()],
    ['Settled', row.settledAt?.toISOString() ?? null],
    ['Raw row', row.rawRow],
    ['Corrected', row.corrected],
  ];
  return fields.flatMap(([label, value]) =>
    value === null ? [] : [`${paint('dim', padEnd(label, labelColumns))}${visible(String(value))}`],
  );
}

/** A raw row may hold anything, and must not steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const visible = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
