import {
  formatCount,
  formatDuration,
  type Paint,
  padEnd,
  padStart,
} from '../../../localstack/terminal/text.ts';
import { type Comparison, holds } from './compare.ts';

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
  readonly faults: readonly InjectedFault[];
  readonly comparisons: readonly Comparison[];
  /** From the last fault until nothing was under way any more. */
  readonly drainMs: number;
}

export const isClean = ({ comparisons }: ChaosReport): boolean => comparisons.every(holds);

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
    ` ${mark} ${padEnd(what, 34)}${counts.map((count) => padStart(formatCount(count), 12)).join('')}`,
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
      `   ${padEnd(name, 46)}${padStart(`${all.length} ×`, 6)}  ${paint('dim', all.map(({ hit }) => hit).join('; '))}`,
  );
}

/** Faults injected, and what they did to the records. */
export function renderReport(report: ChaosReport, paint: Paint): string[] {
  const headings = ['expected', 'lost', 'doubled', 'unexpected'].map((text) => padStart(text, 12)).join('');
  return [
    '',
    `   ${formatCount(report.rows)} rows in ${formatCount(report.files)} files, ${report.faults.length} faults, seed ${report.seed}; drained in ${formatDuration(report.drainMs)}`,
    '',
    ...renderFaults(report.faults, paint),
    '',
    paint('dim', `   ${padEnd('', 34)}${headings}`),
    ...report.comparisons.flatMap((comparison) => renderComparison(comparison, paint)),
    '',
    isClean(report)
      ? paint('green', '   Nothing lost, nothing twice.')
      : paint('red', '   Records were lost or doubled: see the lines marked ✗.'),
    '',
  ];
}
