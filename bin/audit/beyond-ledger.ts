import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import type { Report } from './finding.ts';
import { type LakeState, offsets } from './lake-state.ts';
import { countOf, type Run } from './offset-runs.ts';
import type { Ports, TopicEnds } from './ports.ts';
import { whyNotLanded } from './why-not-landed.ts';

/** The positions of landing and of the topic. */
interface Positions {
  readonly ledger: ReadonlyMap<number, number>;
  readonly ends: readonly TopicEnds[];
}

/**
 * Judges the objects with rows at or after the ledger. The object that starts with the next record to land is
 * in flight: its batch is not committed yet, or its attempt failed, and the next attempt replaces it. Every
 * other such object is an orphan, since no attempt will replace it.
 * @returns the number of rows in flight, by partition
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

/** Whether a record of this run will land. An object that starts after such a record is not the next one. */
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
