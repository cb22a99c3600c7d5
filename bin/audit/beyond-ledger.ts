import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import type { Report } from './finding.ts';
import { type LakeState, offsets } from './lake-state.ts';
import { countOf, type Run } from './offset-runs.ts';
import type { Ports, TopicEnds } from './ports.ts';
import { whyNotLanded } from './why-not-landed.ts';

/** How far landing is and how far the topic. */
interface Positions {
  readonly ledger: ReadonlyMap<number, number>;
  readonly ends: readonly TopicEnds[];
}

/**
 * Objects that reach past the ledger. One of them may be of a batch whose ledger has not advanced yet, or be what a failed
 * attempt left: it begins with the next record that lands, so that the next attempt replaces it. Every other is an orphan that
 * nothing will ever replace. Returns the rows of that one by partition.
 */
export async function judgeBeyondLedger(
  consumer: string,
  { partitions, seenRows }: LakeState,
  { ledger, ends }: Positions,
  ports: Pick<Ports, 'visitRecords' | 'appliedOrigins'>,
  report: Report,
): Promise<ReadonlyMap<number, number>> {
  const hasLanded = (source: string, row: number) => seenRows.has(source, row);
  const lands = (record: KafkaRecord, applied: ReadonlySet<string>) =>
    whyNotLanded(consumer, record, { hasLanded, applied }) === 'lost';

  const inFlight = new Map<number, number>();
  for (const [partition, { objects, runs }] of partitions) {
    const next = ledger.get(partition) ?? 0;
    const end = ends.find((each) => each.partition === partition)?.end ?? 0;
    for (const { key, start, last } of objects.filter((object) => object.last >= next)) {
      const rows = { from: Math.max(start, next), to: last + 1 };
      const isNext =
        last < end && start >= next && !(await anyLands(partition, { from: next, to: start }, lands, ports));
      if (isNext) {
        const count = last + 1 - start - countOf(runs.missing(rows));
        inFlight.set(partition, (inFlight.get(partition) ?? 0) + count);
      } else {
        report('orphan', partition, `${key} has ${offsets(rows)}, but the ledger is at ${next}`);
      }
    }
  }
  return inFlight;
}

/** Whether a record of this run lands: then an object that begins behind it cannot be of the batch that has it. */
async function anyLands(
  partition: number,
  run: Run,
  lands: (record: KafkaRecord, applied: ReadonlySet<string>) => boolean,
  { visitRecords, appliedOrigins }: Pick<Ports, 'visitRecords' | 'appliedOrigins'>,
): Promise<boolean> {
  if (run.from >= run.to) return false;
  let found = false;
  const retries: KafkaRecord[] = [];
  await visitRecords(new Map([[partition, [run]]]), (record) => {
    if (record.headers.origin) retries.push(record);
    else found ||= lands(record, new Set());
  });
  const origins = retries.flatMap(({ headers: { origin } }) => (origin ? [formatOrigin(origin)] : []));
  if (found || origins.length === 0) return found;
  const applied = await appliedOrigins(origins);
  return retries.some((record) => lands(record, applied));
}
