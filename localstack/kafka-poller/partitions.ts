import type { Account } from './budget.ts';
import type { Deliver } from './deliver.ts';
import { type EventSource, envelopeOf } from './event.ts';
import type { FetchClock } from './fetch-clock.ts';
import type { Mapping } from './mappings.ts';
import type { Slots } from './slots.ts';
import { createWorker, type Worker } from './worker.ts';

type PartitionsDeps = {
  mapping: Mapping;
  source: EventSource;
  slots: Slots;
  account: Account;
  clock: FetchClock;
  deliver: Deliver;
  /** The offset of the oldest record that the broker had when it was last asked. */
  oldestOffset: (topic: string, partition: number) => number;
  onDone: (worker: Worker, offset: number, records: number) => void;
  onFetchedAhead: (worker: Worker, fetchedOffset: number, expected: number) => void;
  onError: (error: unknown) => void;
};

/**
 * The partitions that this group member owns, with a worker for each. A partition that is lost and comes back
 * gets a new worker, because another consumer may have processed records of it meanwhile.
 *
 * A worker changes where its next fetch starts by resolving an offset of its latest batch, and not by
 * `consumer.seek`. kafkajs keeps a seek of a lost partition until the partition comes back, and would then
 * skip records that nobody has processed.
 */
export function createPartitions({
  mapping,
  source,
  oldestOffset,
  onDone,
  onFetchedAhead,
  ...deps
}: PartitionsDeps) {
  const workers = new Map<string, Worker>();
  const seeks = new WeakMap<Worker, (offset: number) => void>();
  let member: string | undefined;
  const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

  const start = (topic: string, partition: number) => {
    const worker = createWorker({
      ...deps,
      place: { topic, partition, envelope: envelopeOf(source, topic, partition) },
      batchSize: mapping.batchSize,
      windowMs: mapping.windowMs,
      oldestOffset: () => oldestOffset(topic, partition),
      seek: (offset) => seeks.get(worker)?.(offset),
      onDone: (offset, records) => onDone(worker, offset, records),
      onFetchedAhead: (offset, expected) => onFetchedAhead(worker, offset, expected),
    });
    workers.set(keyOf(topic, partition), worker);
  };

  return {
    all: () => [...workers.values()],
    get: (topic: string, partition: number) => workers.get(keyOf(topic, partition)),
    /** Sets how the worker makes its next fetch start at another offset. */
    setSeek: (worker: Worker, seek: (offset: number) => void) => seeks.set(worker, seek),

    /** Applies a new assignment, and returns the partitions that were lost by it. */
    assign(memberId: string, assignment: { [topic: string]: number[] }) {
      const assigned = new Set(
        Object.entries(assignment).flatMap(([topic, ids]) => ids.map((id) => keyOf(topic, id))),
      );
      const lost: { topic: string; partition: number }[] = [];
      for (const [key, worker] of workers) {
        // A new member id means that the group had removed us, so others may have consumed this partition
        // meanwhile.
        if (assigned.has(key) && memberId === member) continue;
        worker.revoke();
        workers.delete(key);
        lost.push(worker.place);
      }
      member = memberId;
      for (const [topic, ids] of Object.entries(assignment)) {
        for (const partition of ids) {
          const kept = workers.get(keyOf(topic, partition));
          // kafkajs goes back to the last commit, but the records in the queue need not be fetched again.
          if (kept) kept.resumeAtExpected();
          else start(topic, partition);
        }
      }
      return lost;
    },
  };
}
