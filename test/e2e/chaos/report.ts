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
  /** When it was over, from the start of the faults. */
  readonly atMs: number;
}

export interface ChaosReport {
  readonly seed: number;
  readonly files: number;
  readonly rows: number;
  readonly transactions: number;
  /** How many faults had to hit something. */
  readonly leastFaults: number;
  readonly faults: readonly InjectedFault[];
  /** Names of the faults that found nothing to hit. */
  readonly missed: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** When any of them does not hold. */
  readonly evidence?: Evidence;
  /** From the last fault until nothing was under way any more. */
  readonly drainMs: number;
}

export const isClean = (report: ChaosReport): boolean => report.comparisons.every(holds) && hasHit(report);

const hasHit = ({ faults, leastFaults }: ChaosReport): boolean => faults.length >= leastFaults;

const shown = 3;

const examples = (title: string, ids: readonly string[], paint: Paint): string[] =>
  ids.length === 0
    ? []
    : [paint('red', `     ${title}: ${ids.slice(0, shown).join(', ')}${ids.length > shown ? ', …' : ''}`)];

function renderComparison(comparison: Comparison, paint: Paint): string[] {
  const { what, expected, lost, doubled, unexpected } = comparison;
  const mark = holds(comparison) ? paint('green', '✓') : paint('red', '✗');
  const counts = [expected, lost.length, doubled.length, unexpected.length];
  return [
    ` ${mark} ${padEnd(what, 42)}${counts.map((count) => padStart(formatCount(count), 12)).join('')}`,
    ...examples('lost', lost, paint),
    ...examples('doubled', doubled, paint),
    ...examples('not expected', unexpected, paint),
  ];
}

/** Kinds of faults in the order they first came, with how often they came and what was hit. */
function renderFaults(faults: readonly InjectedFault[], paint: Paint): string[] {
  const kinds = Map.groupBy(faults, ({ name }) => name);
  return [...kinds].map(
    ([name, all]) =>
      `   ${padEnd(name, 50)}${padStart(`${all.length} ×`, 6)}  ${paint('dim', all.map(({ hit }) => hit).join('; '))}`,
  );
}

function renderVerdict(report: ChaosReport, paint: Paint): string {
  if (!report.comparisons.every(holds))
    return paint('red', '   Records were lost or doubled: see the lines marked ✗.');
  if (!hasHit(report))
    return paint('red', `   Only ${report.faults.length} of ${report.leastFaults} faults hit anything.`);
  return paint('green', '   Nothing lost, nothing twice.');
}

/** Faults injected, and what they did to the records. */
export function renderReport(report: ChaosReport, paint: Paint): string[] {
  const { seed, files, rows, transactions, faults, missed, comparisons, drainMs } = report;
  const headings = ['expected', 'lost', 'doubled', 'unexpected'].map((text) => padStart(text, 12)).join('');
  return [
    '',
    `   ${formatCount(rows)} rows in ${formatCount(files)} files, ${formatCount(transactions)} transactions, ${faults.length} faults, seed ${seed}; drained in ${formatDuration(drainMs)}`,
    '',
    ...renderFaults(faults, paint),
    ...(missed.length > 0 ? [paint('dim', `   found nothing to hit: ${missed.join(', ')}`)] : []),
    '',
    paint('dim', `   ${padEnd('', 42)}${headings}`),
    ...comparisons.flatMap((comparison) => renderComparison(comparison, paint)),
    '',
    renderVerdict(report, paint),
    '',
  ];
}
