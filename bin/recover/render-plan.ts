import type { View } from '../../localstack/terminal/screen.ts';
import { type Column, renderTable } from '../../localstack/terminal/table.ts';
import { formatCount } from '../../localstack/terminal/text.ts';
import type { Plan } from './recover.ts';

const head: readonly Column[] = [
  { title: 'consumer' },
  { title: 'topic' },
  ...['to replay', 'expired'].map((title): Column => ({ title, align: 'right' })),
];

/** What a recovery will do, as lines. */
export function renderPlan({ resumes, remove, cut, announce }: Plan, view: View): string[] {
  const rows = [...Map.groupBy(resumes, ({ group }) => group)].map(([group, ofGroup]) => {
    const sum = (value: (resume: (typeof ofGroup)[number]) => number) =>
      formatCount(ofGroup.reduce((total, each) => total + value(each), 0));
    return [group, ofGroup[0]?.topic ?? '', sum(({ replayed }) => replayed), sum(({ expired }) => expired)];
  });
  const expired = resumes.some((resume) => resume.expired > 0);
  const files = announce.filter(({ queue }) => queue !== 'failed-batches').length;
  return [
    ...renderTable(head, rows, view),
    '',
    `${counted(remove.length, 'object')} of the lake will be removed: the consumers write their records again.`,
    `${counted(cut.length, 'merged object')} will lose the rows that landing writes again.`,
    `${counted(files, 'file')} will be announced again: the database has not seen them to their end.`,
    `${counted(announce.length - files, 'discarded batch', 'discarded batches')} will be announced again.`,
    ...(expired
      ? ['Expired records are on no topic any more. What landed of them stays in the lake; all else is lost.']
      : []),
    'Alerts and errors since the snapshot will be told to Slack once more.',
  ];
}

const counted = (count: number, one: string, many = `${one}s`) =>
  `${formatCount(count)} ${count === 1 ? one : many}`;
