import { randomUUID } from 'node:crypto';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';

export type Message = Pick<KafkaMessage, 'key' | 'value' | 'offset' | 'timestamp' | 'headers'>;

/** Offsets of a partition from `from` up to, but not including, `to`. */
export interface Range {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

interface Scan {
  readonly scanned: number;
  /** False when the time was up, or `visit` wanted no more. */
  readonly isComplete: boolean;
  /** The offset to go on from, for each partition that is not finished. */
  readonly next: ReadonlyMap<number, number>;
}

const deadlineMs = 15_000;
/** The rest of a range may hold no records: transaction markers, or records that were compacted away. */
const silentMs = 2_000;
/** What a fetch may bring at once. A batch that is larger still comes whole. */
const maxBytesPerPartition = 256 * 1024;
const maxBytes = 4 * maxBytesPerPartition;

/**
 * Reads ranges of a topic as a consumer group of its own that commits nothing. Ends when all are read, when
 * `visit` returns false, when `gone` aborts, or after 15 s. Only what `visit` keeps stays in memory.
 */
export async function readRanges(
  kafka: Kafka,
  admin: Pick<Admin, 'deleteGroups'>,
  topic: string,
  ranges: readonly Range[],
  gone: AbortSignal,
  visit: (partition: number, message: Message) => boolean,
): Promise<Scan> {
  const left = new Map(ranges.map((range) => [range.partition, range]));
  let scanned = 0;
  if (left.size === 0) return { scanned, isComplete: true, next: new Map() };
  const groupId = `isobar-console-${randomUUID()}`;
  const consumer = kafka.consumer({
    groupId,
    maxWaitTimeInMs: 200,
    maxBytesPerPartition,
    maxBytes,
    allowAutoTopicCreation: false,
    retry: { retries: 2 },
  });
  const done = Promise.withResolvers<void>();
  const deadline = setTimeout(done.resolve, deadlineMs);
  let silence: NodeJS.Timeout | undefined;
  const awaitBatch = () => {
    clearTimeout(silence);
    silence = setTimeout(done.resolve, silentMs);
  };
  gone.addEventListener('abort', () => done.resolve());
  let isStopped = false;
  const eachBatch = async ({ batch: { partition, messages }, pause }: EachBatchPayload) => {
    awaitBatch();
    const range = left.get(partition);
    if (!range || isStopped) {
      pause();
      return;
    }
    let next = range.from;
    for (const message of messages) {
      const offset = Number(message.offset);
      if (offset < next) continue;
      if (offset >= range.to) {
        next = range.to;
        break;
      }
      next = offset + 1;
      scanned += 1;
      if (!visit(partition, message)) {
        isStopped = true;
        break;
      }
    }
    if (next < range.to) left.set(partition, { ...range, from: next });
    else {
      left.delete(partition);
      pause();
    }
    if (isStopped || left.size === 0) done.resolve();
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    consumer.on(consumer.events.CRASH, ({ payload }) => done.reject(payload.error));
    consumer.on(consumer.events.GROUP_JOIN, awaitBatch);
    await consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 1, eachBatch });
    for (const { partition, from } of ranges) consumer.seek({ topic, partition, offset: String(from) });
    await done.promise;
  } finally {
    clearTimeout(deadline);
    clearTimeout(silence);
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
  }
  return {
    scanned,
    isComplete: left.size === 0,
    next: new Map([...left.values()].map(({ partition, from }) => [partition, from])),
  };
}
