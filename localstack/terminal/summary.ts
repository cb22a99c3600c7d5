import type { View } from './screen.ts';
import { isBalanced, type Report } from './state.ts';
import { cut, formatCount, formatDuration, type Paint, padEnd, padStart, painter } from './text.ts';

interface Line {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
  readonly holds?: boolean;
}

const linesOf = (report: Report): Line[] => {
  const { rowsValid, rowsInvalid, rowsLanded, errorsStored } = report;
  const refused = report.rowsRead - rowsValid - rowsInvalid;
  const objects = `${formatCount(report.parquetObjects)} Parquet object${report.parquetObjects === 1 ? '' : 's'}`;
  return [
    {
      label: 'Files read',
      value: formatCount(report.filesRead),
      ...(report.filesWithoutRows ? { note: `${formatCount(report.filesWithoutRows)} without rows` } : {}),
    },
    {
      label: 'Rows read',
      value: formatCount(report.rowsRead),
      note:
        `${formatCount(rowsValid)} valid, ${formatCount(rowsInvalid)} invalid` +
        (refused > 0 ? `, ${formatCount(refused)} in refused files` : ''),
    },
    {
      label: 'Rows landed',
      value: formatCount(rowsLanded),
      note: `of ${formatCount(rowsValid)} valid, in ${objects}`,
      holds: rowsLanded === rowsValid,
    },
    {
      label: 'Errors stored',
      value: formatCount(errorsStored),
      note: `of ${formatCount(rowsInvalid)} invalid`,
      holds: errorsStored === rowsInvalid,
    },
    {
      label: 'Retried',
      value: formatCount(report.retried),
      note: `${formatCount(report.retriesExhausted)} failed their last attempt`,
    },
    {
      label: 'Alerts',
      value: formatCount(report.alerts),
      note: `${formatCount(report.anomalies)} anomalies, ${formatCount(report.lateObservations)} late rows`,
    },
    { label: 'Slack messages', value: formatCount(report.slackMessages) },
    { label: 'Start-up time', value: formatDuration(report.startupMs) },
    { label: 'Processing time', value: formatDuration(report.drainMs) },
  ];
};

const mark = (holds: boolean | undefined, paint: Paint): string =>
  holds === undefined ? ' ' : holds ? paint('green', '✓') : paint('red', '✗');

/** The counts at the end of `npm start -- --once`, and whether every row is accounted for. */
export const renderSummary = (report: Report, { width, colour }: View): string[] => {
  const paint = painter(colour);
  const table = linesOf(report).map(({ label, value, note, holds }) => {
    const counted = ` ${mark(holds, paint)} ${padEnd(label, 15)}${paint('bold', padStart(value, 13))}`;
    return note === undefined ? counted : `${counted}  ${paint('dim', note)}`;
  });
  const verdict = isBalanced(report)
    ? paint('green', 'Every valid row landed, and every invalid row is stored as an error.')
    : paint('red', 'Rows are missing or duplicated: see the lines marked ✗.');
  return ['', ...table, '', `   ${verdict}`, ''].map((line) => cut(line, width));
};
