import {
  formatCount,
  formatDuration,
  type Paint,
  padEnd,
  padStart,
} from '../../../localstack/terminal/text.ts';
import { type Comparison, holds } from './compare.ts';
import type { Evidence } from './evidence.ts';

export interface InjectedFault {
  readonly name: string;
  readonly hit: string;
  /** End of the fault, measured from the start of the first fault. */
  readonly atMs: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly files: number;
  readonly rows: number;
  readonly transactions: number;
  /** The required number of injected faults. */
  readonly leastFaults: number;
  readonly faults: readonly InjectedFault[];
  /** Names of the faults that found no target. */
  readonly missed: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** Present when a comparison does not hold. */
  readonly evidence?: Evidence;
  /** From the last fault until no record is in progress. */
  readonly drainMs: number;
}

export const isClean = (report: ChaosReport): boolean =>
  report.comparisons.every(holds) && hasEnoughFaults(report);

const hasEnoughFaults = ({ faults, leastFaults }: ChaosReport): boolean => faults.length >= leastFaults;

const shown = 3;

const examples = (title: string, ids: readonly string[], paint: Paint): string[] =>
  ids.length === 0
    ? []
    : [paint('red', `     ${title}: ${ids.slice(0, shown).join(', ')}${ids.length > shown ? ', …' : ''}`)];

function renderComparison(comparison: Comparison, paint: Paint): string[] {
  const { what, expected, lost, duplicated, unexpected } = comparison;
  const mark = holds(comparison) ? paint('green', '✓') : paint('red', '✗');
  const counts = [expected, lost.length, duplicated.length, unexpected.length];
  return [
    ` ${mark} ${padEnd(what, 42)}${counts.map((count) => padStart(formatCount(count), 12)).join('')}`,
    ...examples('lost', lost, paint),
    ...examples('duplicated', duplicated, paint),
    ...examples('unexpected', unexpected, paint),
  ];
}

/** One line per fault name, in order of first injection: how often, and the targets. */
function renderFaults(faults: readonly InjectedFault[], paint: Paint): string[] {
  const kinds = Map.groupBy(faults, ({ name }) => name);
  return [...kinds].map(
    ([name, all]) =>
      `   ${padEnd(name, 66)}${padStart(`${all.length} ×`, 6)}  ${paint('dim', all.map(({ hit }) => hit).join('; '))}`,
  );
}

function renderVerdict(report: ChaosReport, paint: Paint): string {
  if (!report.comparisons.every(holds))
    return paint('red', '   Records were lost, duplicated or unexpected: see the lines marked ✗.');
  if (!hasEnoughFaults(report))
    return paint('red', `   Only ${report.faults.length} of ${report.leastFaults} faults found a target.`);
  return paint('green', '   No record was lost or duplicated.');
}

export function renderReport(report: ChaosReport, paint: Paint): string[] {
  const { seed, files, rows, transactions, faults, missed, comparisons, drainMs } = report;
  const headings = ['expected', 'lost', 'duplicated', 'unexpected']
    .map((text) => padStart(text, 12))
    .join('');
  const input = `${formatCount(rows)} rows in ${formatCount(files)} files, ${formatCount(transactions)} transactions`;
  return [
    '',
    `   ${input}, ${faults.length} faults, seed ${seed}; drained in ${formatDuration(drainMs)}`,
    '',
    ...renderFaults(faults, paint),
    ...(missed.length > 0 ? [paint('dim', `   found no target: ${missed.join(', ')}`)] : []),
    '',
    paint('dim', `   ${padEnd('', 42)}${headings}`),
    ...comparisons.flatMap((comparison) => renderComparison(comparison, paint)),
    '',
    renderVerdict(report, paint),
    '',
  ];
}
