import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import {
  columns,
  cut,
  formatCount,
  formatDuration,
  type Paint,
  padEnd,
  padStart,
  painter,
} from '../../localstack/terminal/text.ts';
import type { Audit, PartitionAudit } from './audit-landing.ts';

type Value = (partition: PartitionAudit) => number;

const explainedOf: Value = ({ accounted }) => Object.values(accounted).reduce((sum, count) => sum + count, 0);

const tableColumns: readonly { readonly title: string; readonly value: Value }[] = [
  { title: 'lag', value: ({ ledger, end }) => Math.max(0, end - ledger) },
  { title: 'objects', value: ({ objects }) => objects },
  { title: 'rows', value: ({ rows }) => rows },
  { title: 'explained', value: explainedOf },
  { title: 'expired', value: ({ notVerifiable }) => notVerifiable },
  { title: 'in flight', value: ({ inFlight }) => inFlight },
  { title: 'findings', value: ({ findings }) => findings },
];

const head: readonly Column[] = [
  { title: '  partition' },
  ...tableColumns.map(({ title }): Column => ({ title, align: 'right' })),
];

const shownFindings = 20;

const sumOf = ({ partitions }: Audit, value: Value): number =>
  partitions.reduce((sum, partition) => sum + value(partition), 0);

export const countFindings = ({ counts }: Audit): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** What `npm run audit` prints. A finding is never cut: the object it names is what one looks for. */
export function renderAudit(
  audit: Audit,
  { width, colour, tookMs }: View & { readonly tookMs: number },
): string[] {
  const paint = painter(colour);
  const table = renderTable(head, tableRows(audit, paint), { width: width - 1, colour });
  const notes = notesOf(audit).map((note) => paint('dim', `   ${note}`));
  const findings = audit.findings.slice(0, shownFindings).map(({ kind, partition, what }) => {
    return `   ${paint('red', padEnd(kind, 18))}${partition === null ? '' : `partition ${partition}: `}${what}`;
  });
  const count = countFindings(audit);
  const more =
    count > findings.length ? [`   … and ${formatCount(count - findings.length)} more (--json)`] : [];
  const verdict =
    count === 0
      ? paint('green', 'Every record below the ledger landed once, or is accounted for.')
      : paint('red', `${formatCount(count)} finding${count === 1 ? '' : 's'}: see docs/audit.md.`);
  return [
    '',
    ...table.map((line) => ` ${line}`),
    '',
    ...notes.map((line) => cut(line, width)),
    ...(notes.length > 0 ? [''] : []),
    ...[...findings, ...more, ...(count > 0 ? [''] : [])],
    `   ${verdict} ${paint('dim', `(${formatDuration(tookMs)})`)}`,
    '',
  ];
}

/** One row for each partition, and one of sums. */
function tableRows(audit: Audit, paint: Paint): string[][] {
  const ofPartitions = audit.partitions.map((partition) => [
    `${partition.findings === 0 ? paint('green', '✓') : paint('red', '✗')} ${partition.partition}`,
    ...tableColumns.map(({ value }) => formatCount(value(partition))),
  ]);
  const sums = tableColumns.map(({ value }) => formatCount(sumOf(audit, value)));
  return [...ofPartitions, ['  all', ...sums].map((cell) => paint('bold', cell))];
}

function notesOf(audit: Audit): string[] {
  const reason = (name: keyof PartitionAudit['accounted']) =>
    sumOf(audit, ({ accounted }) => accounted[name]);
  const counted = [
    [reason('rejected'), 'explained: invalid, and sent to error-data'],
    [reason('repeated row'), 'explained: rows that their producer sent again'],
    [reason('repeated retry'), 'explained: retries that came twice'],
    [reason('for another consumer'), 'explained: retries for another consumer'],
    [reason('redriven'), 'explained: discarded by Lambda, then redriven: they landed as other records'],
    [reason('ignored'), 'explained: discarded by Lambda, then ignored by a person'],
    [reason('absent'), 'explained: the topic has no record there (a marker, or compacted)'],
    [sumOf(audit, ({ notVerifiable }) => notVerifiable), 'expired: the topic has forgotten what these were'],
    [
      sumOf(audit, ({ inFlight }) => inFlight),
      'in flight: not in the ledger yet; --wait lets them get there',
    ],
  ] as const;
  const shown = counted.filter(([count]) => count > 0);
  const widest = Math.max(0, ...shown.map(([count]) => columns(formatCount(count))));
  return shown.map(([count, what]) => `${padStart(formatCount(count), widest)} ${what}`);
}
