import type { Report } from './finding.ts';
import { type LandedPartition, offsets } from './lake-state.ts';
import { countOf } from './offset-runs.ts';
import type { Ports, TopicEnds } from './ports.ts';

/**
 * Objects that reach past the ledger. One of them may be of a batch whose ledger has not advanced yet, or be what a failed
 * attempt left: it begins where the next batch does, so that the next attempt replaces it. Every other is an orphan that nothing
 * will ever replace. Returns the rows of that one by partition.
 */
export async function judgeBeyondLedger(
  partitions: ReadonlyMap<number, LandedPartition>,
  ledger: ReadonlyMap<number, number>,
  ends: readonly TopicEnds[],
  { visitRecords }: Pick<Ports, 'visitRecords'>,
  report: Report,
): Promise<ReadonlyMap<number, number>> {
  const inFlight = new Map<number, number>();
  for (const [partition, { objects, runs }] of partitions) {
    const next = ledger.get(partition) ?? 0;
    const end = ends.find((each) => each.partition === partition)?.end ?? 0;
    for (const { key, start, last } of objects.filter((object) => object.last >= next)) {
      const rows = { from: Math.max(start, next), to: last + 1 };
      if (last < end && start >= next && (await isNextBatch(partition, next, start, visitRecords))) {
        const count = last + 1 - start - countOf(runs.missing(rows));
        inFlight.set(partition, (inFlight.get(partition) ?? 0) + count);
      } else {
        report('orphan', partition, `${key} has ${offsets(rows)}, but the ledger is at ${next}`);
      }
    }
  }
  return inFlight;
}

/** A batch begins with the first record that is there: markers of transactions lie between records, and are none. */
async function isNextBatch(
  partition: number,
  next: number,
  start: number,
  visitRecords: Ports['visitRecords'],
) {
  let passedOver = 0;
  if (start > next)
    await visitRecords(new Map([[partition, [{ from: next, to: start }]]]), () => void passedOver++);
  return passedOver === 0;
}
