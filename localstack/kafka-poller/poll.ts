import kafkajs, { type Admin, type Kafka } from 'kafkajs';
import type { Aws } from './aws.ts';
import { backoffMs, pause } from './backoff.ts';
import { type Cluster, findCluster } from './brokers.ts';
import type { Budget } from './budget.ts';
import { createDelivery } from './deliver.ts';
import { createDestination } from './destination.ts';
import { createFilter } from './filter.ts';
import type { Invoke } from './invoke.ts';
import { kafkaLogger } from './kafka-logger.ts';
import { createLagClock } from './lag-clock.ts';
import { type Log, messageOf } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import { runSession } from './session.ts';
import { createSlots, type Slots } from './slots.ts';
import { commitStartingOffsets, committedIds, restart } from './starting-offsets.ts';
import { TopicReplaced } from './topic-identity.ts';

export type PollDeps = {
  aws: Aws;
  invoke: Invoke;
  /** If set, these brokers are used without TLS, whatever the mapping's source says. */
  brokers: string[] | undefined;
  maxConcurrency: number;
  /** How long kafkajs may use what it knows of partitions and their leaders before it asks again. */
  metadataMaxAgeMs: number;
  budget: Budget;
  metrics: MappingMetrics;
  report: (result: string) => void;
  log: Log;
};

/**
 * Concurrent invokes of one provisioned poller:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html
 */
const INVOKES_PER_POLLER = 5;
/** The oldest offset that the broker has, by partition ("topic-0"). */
type Oldest = Map<string, number>;
const RETRY_MAX_MS = 4_000;
const LAG_INTERVAL_MS = 5_000;

/** Polls one mapping until the signal aborts: connects and consumes, and after each failure starts anew. */
export async function pollMapping(mapping: Mapping, deps: PollDeps, signal: AbortSignal): Promise<void> {
  const { log, metrics } = deps;
  const slots = createSlots(concurrency(mapping, deps.maxConcurrency));
  const start: Start = { begun: false, replaced: undefined };
  let lastReason: string | undefined;
  for (let failures = 0; !signal.aborted; ) {
    const startedAt = Date.now();
    try {
      await serve(mapping, { ...deps, slots, start }, signal);
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof TopicReplaced) start.replaced = error;
      // A session that worked for a minute ends the row of failures.
      failures = Date.now() - startedAt > 60_000 ? 1 : failures + 1;
      metrics.add('pollingErrors');
      const reason = messageOf(error);
      log(failures === 1 || reason !== lastReason ? 'warn' : 'debug', 'polling-failed', { error: reason });
      lastReason = reason;
      deps.report(`PROBLEM: ${reason}`);
      await pause(backoffMs(failures, RETRY_MAX_MS), signal);
    }
  }
  slots.close();
  metrics.stop();
}

/** What the sessions of a mapping know of those before. */
type Start = {
  /**
   * The starting position was applied. Where no offset is committed later, the topic was made again, or has
   * new partitions: they are read from their beginning.
   */
  begun: boolean;
  replaced: TopicReplaced | undefined;
};

async function serve(
  mapping: Mapping,
  deps: PollDeps & { slots: Slots; start: Start },
  signal: AbortSignal,
): Promise<void> {
  const cluster: Cluster = deps.brokers ? { brokers: deps.brokers } : await findCluster(mapping, deps.aws);
  const kafka = new kafkajs.Kafka({
    ...cluster,
    clientId: `kafka-poller-${mapping.uuid}`,
    logCreator: kafkaLogger(deps.log),
    connectionTimeout: 3_000,
    retry: { retries: 2, initialRetryTime: 200 },
  });
  const admin = kafka.admin();
  const session = new AbortController();
  try {
    await admin.connect().catch((error) => explain(error, cluster));
    await requireTopics(admin, mapping.topics);
    await applyStart(admin, mapping, deps.start);
    const ids = await committedIds(admin, mapping);
    const oldest = new Map<string, number>();
    const watching = watch(admin, mapping, { ...deps, oldest }, session.signal);
    await consumeWith(kafka, cluster.brokers, mapping, { ...deps, oldest, committedIds: ids }, signal);
    session.abort();
    await watching;
  } finally {
    session.abort();
    await admin.disconnect().catch(() => undefined);
  }
}

async function applyStart(admin: Admin, mapping: Mapping, start: Start): Promise<void> {
  if (!start.begun) await commitStartingOffsets(admin, mapping);
  start.begun = true;
  // Without an id the topic was deleted, and Kafka has deleted its offsets.
  if (start.replaced?.id !== undefined) await restart(admin, mapping, start.replaced);
  start.replaced = undefined;
}

/** TLS to a broker without TLS fails with an error that does not name the cause. */
async function explain(error: unknown, { ssl, brokers }: Cluster): Promise<never> {
  if (!ssl || !(await speakPlaintext(brokers))) throw error;
  throw new Error(
    `the brokers ${brokers.join()} speak plaintext, and the mapping connects with TLS: its SourceAccessConfigurations name a certificate or a login. Remove these, or use the brokers' TLS listener`,
    { cause: error },
  );
}

async function speakPlaintext(brokers: string[]): Promise<boolean> {
  const admin = new kafkajs.Kafka({
    brokers,
    connectionTimeout: 3_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return true;
  } catch {
    return false;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

function consumeWith(
  kafka: Kafka,
  brokers: string[],
  mapping: Mapping,
  { oldest, ...deps }: PollDeps & { slots: Slots; oldest: Oldest; committedIds: ReadonlyMap<string, string> },
  signal: AbortSignal,
): Promise<void> {
  const bootstrapServers = brokers.join();
  const oldestOffset = (topic: string, partition: number) => oldest.get(`${topic}-${partition}`) ?? 0;
  const arn = 'clusterArn' in mapping.source ? { eventSourceArn: mapping.source.clusterArn } : {};
  return runSession(
    {
      ...deps,
      kafka,
      mapping,
      oldestOffset,
      source: { bootstrapServers, ...arn },
      accepts: mapping.filters.length > 0 ? createFilter(mapping.filters) : undefined,
      deliver: createDelivery({
        ...deps,
        mapping,
        oldestOffset,
        sendToDestination: createDestination(mapping, { aws: deps.aws, kafka, bootstrapServers }),
      }),
    },
    signal,
  );
}

/**
 * The limits of concurrent invokes. On demand no total is needed: a partition has at most one invoke in
 * flight.
 */
function concurrency({ provisioned }: Mapping, maxConcurrency: number) {
  if (!provisioned) return { min: 1, max: maxConcurrency };
  const maxTotal = provisioned.maximumPollers * INVOKES_PER_POLLER;
  const max = Math.min(maxTotal, maxConcurrency);
  return { min: Math.min(provisioned.minimumPollers * INVOKES_PER_POLLER, max), max, maxTotal };
}

async function requireTopics(admin: Admin, topics: string[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length > 0) throw new Error(`topic ${missing.join(', ')} does not exist (yet)`);
}

/**
 * Measures lag by the brokers' own offsets, so that a blocked partition shows its lag while it is not
 * fetched. Also notes the oldest offset of each partition.
 */
async function watch(
  admin: Admin,
  mapping: Mapping,
  { metrics, slots, oldest }: { metrics: MappingMetrics; slots: Slots; oldest: Oldest },
  signal: AbortSignal,
) {
  const { consumerGroup: groupId, topics } = mapping;
  const clock = createLagClock();
  while (!signal.aborted) {
    if (mapping.provisioned) metrics.setPollers(Math.ceil(slots.limit() / INVOKES_PER_POLLER));
    try {
      const committed = await admin.fetchOffsets({ groupId, topics });
      const ends = await Promise.all(topics.map((topic) => admin.fetchTopicOffsets(topic)));
      for (const [i, topic] of topics.entries()) {
        for (const { partition, low } of ends[i] ?? []) oldest.set(`${topic}-${partition}`, Number(low));
      }
      metrics.setLags(
        topics.flatMap((topic, i) =>
          (ends[i] ?? []).map(({ partition, high, low }) => {
            const offsets = committed.find((one) => one.topic === topic)?.partitions;
            const at = Number(offsets?.find((one) => one.partition === partition)?.offset ?? -1);
            const end = Number(high);
            const from = Math.min(end, at < 0 ? Number(low) : at);
            const lagSeconds = clock.lagSeconds(`${topic}-${partition}`, { end, from, nowMs: Date.now() });
            return { topic, partition, lag: end - from, end, lagSeconds };
          }),
        ),
      );
    } catch {
      // The consumer has the same problem, and reports it.
    }
    await pause(LAG_INTERVAL_MS, signal);
  }
}
