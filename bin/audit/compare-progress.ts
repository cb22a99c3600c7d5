import { sourceId } from '../../lambdas/shared/kafka/source.ts';
import type { Report } from './finding.ts';
import type { LakeState } from './lake-state.ts';
import type { Ports } from './ports.ts';

/**
 * Checks that the ledger has seen every landed row of each file. A redriven record no longer counts as a row
 * of its file: the headers of its record show that. Files that the ledger has expired are not checked.
 */
export async function compareProgress(
  { partitions }: LakeState,
  { progress, visitRecords }: Pick<Ports, 'progress' | 'visitRecords'>,
  report: Report,
): Promise<void> {
  const behind = new Map<number, Map<number, { what: string; source: string }>>();
  for await (const { partition, source, lastRow } of progress()) {
    const landed = partitions.get(partition)?.lastRows.get(sourceId(source));
    if (!landed || landed.row <= lastRow) continue;
    const what = `the ledger has seen ${source} up to row ${lastRow}, but row ${landed.row} landed as offset ${landed.offset}`;
    behind.set(partition, (behind.get(partition) ?? new Map()).set(landed.offset, { what, source }));
  }
  if (behind.size === 0) return;
  const ranges = [...behind].map(([partition, found]) => {
    const ascending = [...found.keys()].sort((a, b) => a - b);
    return [partition, ascending.map((offset) => ({ from: offset, to: offset + 1 }))] as const;
  });
  await visitRecords(new Map(ranges), ({ partition, offset, headers }) => {
    const found = behind.get(partition)?.get(offset);
    if (found && !headers.origin) report('ledger', partition, found.what, found.source);
  });
}
