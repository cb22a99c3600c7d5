import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { Account, Budget } from './budget.ts';
import { createCommitter, type TopicOffsets } from './commit.ts';
import type { Deliver } from './deliver.ts';
import { type Accepts, type EventSource, encode, envelope } from './event.ts';
import { createFetchClock, type FetchClock } from './fetch-clock.ts';
import { runOn } from './kafkajs-patches/fetch-gate.ts';
import { type Log, messageOf } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import { isRecordBatch, type RecordBatch } from './record-batch.ts';
import type { Slots } from './slots.ts';
import { createWorker, type Worker } from './worker.ts';

/** So that one partition does not fill a fetch alone. */
const MOST_OF_A_PARTITION = 1024 * 1024;
/** How long a fetch waits for records. Also how soon a resumed partition is fetched again. */
const FETCH_WAIT_MS = 500;
/** How long a fetch loop stands still for a crowded partition before it goes on without it. */
const CROWDED_MS = 200;
/** As long as a consumer may be gone before others take its partitions. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const LEAVE_MS = 5_000;
/** How long the last commit is tried before the end. Of an orderly stop it takes milliseconds. */
const LAST_COMMIT_MS = 10_000;

export type SessionDeps = {
  kafka: Kafka;
  mapping: Mapping;
  metadataMaxAgeMs: number;
  source: EventSource;
  deliver: Deliver;
  accepts: Accepts | undefined;
  slots: Slots;
  budget: Budget;
  /** The offset of the oldest record that the broker had when it was last asked. */
  oldestOffset: (topic: string, partition: number) => number;
  metrics: MappingMetrics;
  log: Log;
};

/**
 * One membership of the consumer group. Ends with the signal, after what is in flight; throws when the client
 * crashes.
 */
export async function runSession(deps: SessionDeps, signal: AbortSignal): Promise<void> {
  const { kafka, mapping, metrics, log } = deps;
  const account = deps.budget.open();
  const consumer = kafka.consumer({
    groupId: mapping.consumerGroup,
    maxBytesPerPartition: MOST_OF_A_PARTITION,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    metadataMaxAge: deps.metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    // After a crash everything begins anew, in poll.ts.
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000, restartOnFailure: async () => false },
  });
  const crashed = Promise.withResolvers<never>();
  // It may come before anybody waits for it.
  crashed.promise.catch(() => undefined);
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.reject(payload.error));

  const clock = createFetchClock();
  consumer.on(consumer.events.FETCH_START, ({ payload: { nodeId } }) => {
    // A consumer fetches anew from a broker when all that it had from it is handled.
    account.used(Number(nodeId));
    clock.fetchBegins(Number(nodeId));
  });

  let commit: ((offsets: { topics: TopicOffsets[] }) => Promise<void>) | undefined;
  const committer = createCommitter({
    // Not consumer.commitOffsets: its own retries could commit, after a rebalance, what is no longer ours.
    commit: async (offsets) => commit?.(offsets),
    onCommitted: (records) => metrics.add('committedRecords', records),
    onError: (error, forMs) => {
      metrics.add('commitErrors');
      log('warn', 'commit-failed', { error: messageOf(error) });
      // The client keeps the coordinator it joined by, and learns of another only from a heartbeat that
      // fails. One that the group has left may answer heartbeats, and refuse commits, for ever.
      if (forMs > SESSION_MS) crashed.reject(error);
    },
  });
  const partitions = createPartitions({
    ...deps,
    account,
    clock,
    onDone: ({ place }, offset, records) => committer.mark(place.topic, place.partition, offset, records),
    onAhead: ({ place }, offset, expected) => {
      const { topic, partition } = place;
      log('warn', 'fetched-ahead', { topic, partition, offset, instead: expected });
    },
    onError: crashed.reject,
  });
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
    for (const { topic, partition } of partitions.assign(memberId, memberAssignment)) {
      committer.drop(topic, partition);
    }
    log('info', 'joined', { group: mapping.consumerGroup, partitions: partitions.all().length });
  });

  const eachBatch = async (payload: EachBatchPayload) => {
    commit = async (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const { batch } = payload;
    const worker = partitions.get(batch.topic, batch.partition);
    const records = recordBatches(batch);
    const [first] = records;
    if (!worker || !first) return;
    if (worker.isBlocked()) return worker.whenRoom(payload.pause());
    const goOnAt = (offset: number) => payload.resolveOffset(String(offset - 1));
    partitions.onMove(worker, goOnAt);
    const fromOffset = fetchedOffset(batch);
    // What it does not take is fetched again.
    const next = worker.offer({
      fromOffset,
      begunAt: first.fetchBegunAt,
      read() {
        const nextOffset = Number(batch.lastOffset()) + 1;
        const { accepts } = deps;
        const segment = encode(batch.topic, batch.partition, records, { fromOffset, nextOffset, accepts });
        metrics.add('polledRecords', segment.read);
        metrics.add('filteredRecords', segment.read - segment.ends.length);
        return segment;
      },
    });
    if (next !== undefined) goOnAt(next);
    if (!worker.isCrowded()) return;
    await worker.room(CROWDED_MS);
    if (worker.isCrowded()) worker.whenRoom(payload.pause());
  };

  try {
    await consumer.connect();
    // A new group's place is settled by starting-offsets.ts; whatever has none is read from its beginning.
    await consumer.subscribe({ topics: mapping.topics, fromBeginning: true });
    await runOn({ account, clock }, () =>
      consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // Workers only put records in queues, so one partition hardly waits for another.
        partitionsConsumedConcurrently: 16,
        eachBatch,
      }),
    );
    await Promise.race([aborted(signal), crashed.promise]);
    consumer.pause(mapping.topics.map((topic) => ({ topic })));
    await Promise.all(partitions.all().map((worker) => worker.stop()));
    // A group that no longer knows us, or a topic that is gone, never takes it: then it is delivered again,
    // if at all.
    await Promise.race([
      committer.settled(),
      crashed.promise.catch(() => undefined),
      elapsed(LAST_COMMIT_MS),
    ]);
  } finally {
    committer.close();
    account.close();
    for (const worker of partitions.all()) worker.revoke();
    await Promise.race([consumer.disconnect().catch(() => undefined), elapsed(LEAVE_MS)]);
  }
}

/**
 * The partitions that this member owns. Their positions are moved by what a batch of each can resolve, not by
 * `consumer.seek`: the client keeps a seek of a partition that it loses until it gets it back, and would then
 * skip what nobody has done meanwhile.
 */
function createPartitions({
  mapping,
  source,
  slots,
  account,
  clock,
  deliver,
  oldestOffset,
  onDone,
  onAhead,
  onError,
}: SessionDeps & {
  account: Account;
  clock: FetchClock;
  onDone: (worker: Worker, offset: number, records: number) => void;
  onAhead: (worker: Worker, fetchedOffset: number, expected: number) => void;
  onError: (error: unknown) => void;
}) {
  const workers = new Map<string, Worker>();
  const moves = new WeakMap<Worker, (offset: number) => void>();
  let member: string | undefined;
  const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

  const start = (topic: string, partition: number) => {
    const worker = createWorker({
      place: { topic, partition, around: envelope(source, topic, partition) },
      batchSize: mapping.batchSize,
      windowMs: mapping.windowMs,
      slots,
      account,
      deliver,
      oldestOffset: () => oldestOffset(topic, partition),
      moveTo: (offset) => moves.get(worker)?.(offset),
      clock,
      onDone: (offset, records) => onDone(worker, offset, records),
      onAhead: (offset, expected) => onAhead(worker, offset, expected),
      onError,
    });
    workers.set(keyOf(topic, partition), worker);
  };

  return {
    all: () => [...workers.values()],
    get: (topic: string, partition: number) => workers.get(keyOf(topic, partition)),
    /** How to have the next fetch of a partition begin elsewhere, as long as it is ours. */
    onMove: (worker: Worker, move: (offset: number) => void) => moves.set(worker, move),

    /** Answers a new assignment; returns the partitions that were lost by it. */
    assign(memberId: string, assignment: { [topic: string]: number[] }) {
      const assigned = new Set(
        Object.entries(assignment).flatMap(([topic, ids]) => ids.map((id) => keyOf(topic, id))),
      );
      const lost: { topic: string; partition: number }[] = [];
      for (const [key, worker] of workers) {
        // Under a new member id the group had given us up, and others may have come further meanwhile.
        if (assigned.has(key) && memberId === member) continue;
        worker.revoke();
        workers.delete(key);
        lost.push(worker.place);
      }
      member = memberId;
      for (const [topic, ids] of Object.entries(assignment)) {
        for (const partition of ids) {
          const kept = workers.get(keyOf(topic, partition));
          // The client would go back to the last commit; what is in the queue need not come again.
          if (kept) kept.resumeAtExpected();
          else start(topic, partition);
        }
      }
      return lost;
    },
  };
}

/** What `record-batch.ts` has kafkajs hand over in the place of messages. */
function recordBatches({ messages }: EachBatchPayload['batch']): RecordBatch[] {
  return messages.map((message: object) => {
    if (isRecordBatch(message)) return message;
    throw new Error('records in the format of before Kafka 0.11');
  });
}

/** kafkajs knows where the fetch began but does not say so in its types. */
function fetchedOffset(batch: EachBatchPayload['batch']): number {
  return 'fetchedOffset' in batch ? Number(batch.fetchedOffset) : Number(batch.firstOffset());
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const elapsed = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
