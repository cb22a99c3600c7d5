import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { Budget } from './budget.ts';
import { createCommitter, type TopicOffsets } from './commit.ts';
import type { Deliver } from './deliver.ts';
import { type Accepts, type EventSource, encode } from './event.ts';
import { createFetchClock } from './fetch-clock.ts';
import { createFetchWaits, SHORT_WAIT_MS } from './fetch-waits.ts';
import { runOn } from './kafkajs-patches/fetch-gate.ts';
import { type Log, messageOf } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import { createPartitions } from './partitions.ts';
import { isRecordBatch, type RecordBatch } from './record-batch.ts';
import type { Slots } from './slots.ts';
import { createTopicIdentity } from './topic-identity.ts';

/** A limit, so that one partition cannot fill a whole fetch. */
const MAX_PARTITION_BYTES = 1024 * 1024;
/** How long a fetch loop waits for a partition over its budget, before the loop goes on without it. */
const OVER_BUDGET_WAIT_MS = 200;
/** How long a consumer may be silent before others get its partitions. */
const SESSION_MS = 10_000;
const HEARTBEAT_MS = 2_000;
const LEAVE_MS = 5_000;
/** How long the last commit is retried at the end. In an orderly stop it takes milliseconds. */
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
  /** The ids of the topics in which the committed offsets were counted. */
  committedIds: ReadonlyMap<string, string>;
  metrics: MappingMetrics;
  log: Log;
};

/**
 * Joins the consumer group of a mapping and delivers what it fetches, until the signal aborts. The batches in
 * flight are finished and committed first. Throws when the client crashes; poll.ts then starts a new session.
 *
 * kafkajs does groups and fetches. It decodes no records and commits nothing by itself: each partition has a
 * worker, and offsets are committed when a worker has delivered a batch.
 */
export async function runSession(deps: SessionDeps, signal: AbortSignal): Promise<void> {
  const { kafka, mapping, metrics, log } = deps;
  const account = deps.budget.open();
  const consumer = kafka.consumer({
    groupId: mapping.consumerGroup,
    maxBytesPerPartition: MAX_PARTITION_BYTES,
    // kafkajs waits so long when all partitions of a broker are paused.
    maxWaitTimeInMs: SHORT_WAIT_MS,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: HEARTBEAT_MS,
    metadataMaxAge: deps.metadataMaxAgeMs,
    allowAutoTopicCreation: false,
    // After a crash, poll.ts starts a new session.
    retry: { retries: 5, initialRetryTime: 200, maxRetryTime: 2_000, restartOnFailure: async () => false },
  });
  const crashed = Promise.withResolvers<never>();
  // A crash may come before anything awaits this promise.
  crashed.promise.catch(() => undefined);
  consumer.on(consumer.events.CRASH, ({ payload }) => crashed.reject(payload.error));

  const clock = createFetchClock();
  consumer.on(consumer.events.FETCH_START, ({ payload: { nodeId } }) => {
    // kafkajs starts the next fetch from a broker when all records of the last one are handled.
    account.release(Number(nodeId));
    clock.startFetch(Number(nodeId));
  });

  const identity = createTopicIdentity({
    topics: mapping.topics,
    known: deps.committedIds,
    onReplaced: crashed.reject,
  });

  let commit: ((offsets: { topics: TopicOffsets[] }) => Promise<void>) | undefined;
  const committer = createCommitter({
    // Not consumer.commitOffsets: after a rebalance its retries could commit offsets of a lost partition.
    commit: async (offsets) => commit?.(offsets),
    topicId: identity.idOf,
    onCommitted: (records) => metrics.add('committedRecords', records),
    onError: (error, failingMs) => {
      metrics.add('commitErrors');
      log('warn', 'commit-failed', { error: messageOf(error) });
      // kafkajs keeps the group's coordinator until a heartbeat fails. A broker that is no longer the
      // coordinator may go on answering heartbeats while it refuses every commit.
      if (failingMs > SESSION_MS) crashed.reject(error);
    },
  });
  const partitions = createPartitions({
    ...deps,
    account,
    clock,
    onDone: ({ place }, offset, records) => committer.mark(place.topic, place.partition, offset, records),
    onFetchedAhead: ({ place }, offset, expected) => {
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

  const waits = createFetchWaits(() =>
    partitions.all().some((worker) => worker.isBlocked() || worker.isOverBudget()),
  );

  const eachBatch = async (payload: EachBatchPayload) => {
    commit = async (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const { batch } = payload;
    const worker = partitions.get(batch.topic, batch.partition);
    const records = recordBatches(batch);
    const [first] = records;
    if (!worker || !first) return;
    waits.recordsCame();
    if (worker.isBlocked()) return worker.onRoom(payload.pause());
    const continueAt = (offset: number) => payload.resolveOffset(String(offset - 1));
    partitions.setSeek(worker, continueAt);
    const fromOffset = fetchedOffset(batch);
    // Records that the worker refuses are fetched again.
    const next = worker.offer({
      fromOffset,
      startedAt: first.fetchStartedAt,
      read() {
        const nextOffset = Number(batch.lastOffset()) + 1;
        const { accepts } = deps;
        const segment = encode(batch.topic, batch.partition, records, { fromOffset, nextOffset, accepts });
        metrics.add('polledRecords', segment.read);
        metrics.add('filteredRecords', segment.read - segment.ends.length);
        return segment;
      },
    });
    if (next !== undefined) continueAt(next);
    if (!worker.isOverBudget()) return;
    await worker.waitForRoom(OVER_BUDGET_WAIT_MS);
    if (worker.isOverBudget()) worker.onRoom(payload.pause());
  };

  try {
    await consumer.connect();
    // starting-offsets.ts has committed where a new group starts. A partition without an offset is read from
    // its start.
    await consumer.subscribe({ topics: mapping.topics, fromBeginning: true });
    await runOn({ account, clock, identity, waits }, () =>
      consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        // `eachBatch` only puts records into queues, so partitions hardly wait for each other.
        partitionsConsumedConcurrently: 16,
        eachBatch,
      }),
    );
    await Promise.race([aborted(signal), crashed.promise]);
    consumer.pause(mapping.topics.map((topic) => ({ topic })));
    await Promise.all(partitions.all().map((worker) => worker.stop()));
    // The group may have removed us, or the topic may be deleted: then the commit never succeeds, and the
    // records are delivered again.
    await Promise.race([
      committer.settled(),
      crashed.promise.catch(() => undefined),
      elapsed(LAST_COMMIT_MS),
    ]);
  } finally {
    committer.close();
    account.close();
    for (const worker of partitions.all()) worker.revoke();
    const left = consumer.disconnect().catch(() => undefined);
    waits.endWaits();
    await Promise.race([left, elapsed(LEAVE_MS)]);
  }
}

/**
 * The record batches that kafkajs hands over in place of messages (kafkajs-patches/record-batch-decoder.ts).
 */
function recordBatches({ messages }: EachBatchPayload['batch']): RecordBatch[] {
  return messages.map((message: object) => {
    if (isRecordBatch(message)) return message;
    throw new Error('the topic has records in the format from before Kafka 0.11, which is not supported');
  });
}

/** The offset at which the fetch started; kafkajs has it, but not in its types. */
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
