import type { Report } from './finding.ts';
import type { LakeState } from './lake-state.ts';
import type { Ports } from './ports.ts';

/**
 * The ledger must have seen every row of a file that landed. A record that was redriven is no row of its file any more, and the
 * topic tells. A file that the ledger has forgotten after its time proves nothing.
 */
export async function compareProgress(
  { partitions }: LakeState,
  { progress, visitRecords }: Pick<Ports, 'progress' | 'visitRecords'>,
  report: Report,
): Promise<void> {
  const behind = new Map<number, Map<number, string>>();
  for await (const { partition, source, lastRow } of progress()) {
    const landed = partitions.get(partition)?.lastRows.get(source);
    if (!landed || landed.row <= lastRow) continue;
    const what = `the ledger has seen ${source} up to row ${lastRow}, but row ${landed.row} landed as offset ${landed.offset}`;
    behind.set(partition, (behind.get(partition) ?? new Map()).set(landed.offset, what));
  }
  if (behind.size === 0) return;
  const ranges = [...behind].map(([partition, found]) => {
    const ascending = [...found.keys()].sort((a, b) => a - b);
    return [partition, ascending.map((offset) => ({ from: offset, to: offset + 1 }))] as const;
  });
  await visitRecords(new Map(ranges), ({ partition, offset, headers }) => {
    const what = behind.get(partition)?.get(offset);
    if (what !== undefined && !headers.origin) report('ledger', partition, what);
  });
}
