import type { RecordBatch } from './record-batch.ts';

/** A transaction that was aborted, as a broker lists it beside the batches of a fetch. */
export type AbortedTransaction = { producerId: string; firstOffset: string };

/**
 * Empties the batches of aborted transactions, so that only their offsets are left. This is `read_committed`:
 * https://kafka.apache.org/documentation/#consumerconfigs_isolation.level. Brokers list the transactions in
 * the order in which they ended, and a fetch may begin in the middle of several.
 */
export function emptyAborted(batches: RecordBatch[], aborted: AbortedTransaction[]): void {
  const upcoming = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: Number(firstOffset) }))
    .toSorted((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<string>();
  for (const batch of batches) {
    while (upcoming[0] && upcoming[0].firstOffset <= Number(batch.offset)) {
      open.add(upcoming[0].producerId);
      upcoming.shift();
    }
    if (batch.isAbortMarker) open.delete(batch.producerId);
    else if (batch.isTransactional && open.has(batch.producerId)) batch.count = 0;
  }
}
