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

/** The output of `npm run audit`. Findings are never cut: the reader needs the object keys in them. */
export function renderAudit(
  audit: Audit,
  { width, colour, tookMs }: View & { readonly tookMs: number },
): string[] {
  const paint = painter(colour);
  const table = renderTable(head, tableRows(audit, paint), { width: width - 1, colour });
  const notes = notesOf(audit).map((note) => paint('dim', `   ${note}`));
  const findings = audit.findings.slice(0, shownFindings).map(({ kind, topic, partition, what }) => {
    const of = topic === audit.topic ? '' : ` of ${topic}`;
    return `   ${paint('red', padEnd(kind, 18))}${partition === null ? '' : `partition ${partition}${of}: `}${what}`;
  });
  const count = countFindings(audit);
  const more =
    count > findings.length
      ? [`   … and ${formatCount(count - findings.length)} more (--json lists them)`]
      : [];
  const verdict =
    count === 0
      ? paint('green', 'Every record below the ledger landed once or is accounted for.')
      : paint(
          'red',
          `${formatCount(count)} finding${count === 1 ? '' : 's'}. docs/audit.md describes each kind.`,
        );
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

/** With the generation of the topic, unless it is the first. */
const nameOf = ({ partition, generation }: PartitionAudit) =>
  generation === 0 ? `${partition}` : `${partition} @${generation}`;

/** One row for each partition, and one of sums. */
function tableRows(audit: Audit, paint: Paint): string[][] {
  const ofPartitions = audit.partitions.map((partition) => [
    `${partition.findings === 0 ? paint('green', '✓') : paint('red', '✗')} ${nameOf(partition)}`,
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
    [reason('repeated row'), 'explained: rows that the producer sent twice'],
    [reason('repeated retry'), 'explained: retries that were delivered twice'],
    [reason('for another consumer'), 'explained: retries for another consumer'],
    [reason('redriven'), 'explained: discarded by Lambda, then redriven: they landed as new records'],
    [reason('ignored'), 'explained: discarded by Lambda, then ignored by a person'],
    [reason('absent'), 'explained: no record at this offset (a transaction marker, or compacted)'],
    [
      sumOf(audit, ({ notVerifiable }) => notVerifiable),
      'expired: the topic no longer retains these records',
    ],
    [sumOf(audit, ({ inFlight }) => inFlight), 'in flight: not committed yet (--wait waits for them)'],
  ] as const;
  const shown = counted.filter(([count]) => count > 0);
  const widest = Math.max(0, ...shown.map(([count]) => columns(formatCount(count))));
  return shown.map(([count, what]) => `${padStart(formatCount(count), widest)} ${what}`);
}
