import { randomUUID } from 'node:crypto';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import {
  decodeKafkaEvent,
  type KafkaEvent,
  type KafkaRecord,
} from '../../lambdas/shared/kafka/kafka-event.ts';
import { topicOf } from '../../lambdas/shared/kafka/topic-generations.ts';
import type { Run } from './offset-runs.ts';
import type { Ports, Ranges, TopicEnds } from './ports.ts';

export async function topicEnds(admin: Admin, topic: string): Promise<TopicEnds[]> {
  const partitions = await admin.fetchTopicOffsets(topic);
  return partitions.map(({ partition, low, high }) => ({ partition, begin: Number(low), end: Number(high) }));
}

/** Reading fails after this long without a record. */
const stalledAfterMs = 60_000;

/**
 * Reads ranges of a topic, named with its generation, by a temporary consumer group. A range ends at the
 * ledger or at a landed row, so a record at its end completes the reading.
 */
export const topicRecords =
  (kafka: Kafka, admin: Admin, name: string): Ports['visitRecords'] =>
  async (ranges, visit) => {
    const topic = topicOf(name);
    const left = retainedRanges(ranges, await topicEnds(admin, topic));
    if (left.size === 0) return;
    const groupId = `isobar-audit-${randomUUID()}`;
    const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500, retry: { retries: 3 } });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        const stalled = setTimeout(() => {
          reject(
            new Error(
              `Reading ${topic} failed: no record arrived for ${stalledAfterMs / 1000} s. Check the brokers.`,
            ),
          );
        }, stalledAfterMs);
        const eachBatch = async ({ batch }: EachBatchPayload) => {
          stalled.refresh();
          const { partition } = batch;
          const next = visitBatch(name, partition, batch.messages, left.get(partition) ?? [], visit);
          if (next.length > 0) {
            left.set(partition, next);
            const at = next[0]?.from ?? 0;
            if (at > Number(batch.lastOffset()) + 1) consumer.seek({ topic, partition, offset: String(at) });
            return;
          }
          left.delete(partition);
          consumer.pause([{ topic, partitions: [partition] }]);
          if (left.size > 0) return;
          clearTimeout(stalled);
          resolve();
        };
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.run({ autoCommit: false, partitionsConsumedConcurrently: 4, eachBatch }).then(() => {
          for (const [partition, [first]] of left)
            consumer.seek({ topic, partition, offset: String(first?.from ?? 0) });
        }, reject);
      });
    } finally {
      await consumer.disconnect();
      await admin.deleteGroups([groupId]).catch(() => undefined);
    }
  };

function retainedRanges(ranges: Ranges, ends: readonly TopicEnds[]): Map<number, readonly Run[]> {
  const retained = [...ranges].flatMap(([partition, runs]) => {
    const { begin, end } = ends.find((each) => each.partition === partition) ?? { begin: 0, end: 0 };
    const left = runs
      .map(({ from, to }) => ({ from: Math.max(from, begin), to: Math.min(to, end) }))
      .filter(({ from, to }) => from < to);
    return left.length > 0 ? [[partition, left] as const] : [];
  });
  return new Map(retained);
}

/** Visits the messages in the ranges, and returns the rest of the ranges. */
function visitBatch(
  name: string,
  partition: number,
  messages: readonly KafkaMessage[],
  ranges: readonly Run[],
  visit: (record: KafkaRecord) => void,
): readonly Run[] {
  let place = 0;
  let next = 0;
  for (const message of messages) {
    const offset = Number(message.offset);
    next = offset + 1;
    while ((ranges[place]?.to ?? Number.POSITIVE_INFINITY) <= offset) place++;
    if ((ranges[place]?.from ?? Number.POSITIVE_INFINITY) <= offset)
      visit(recordOf(name, partition, message));
  }
  return ranges
    .slice(place)
    .flatMap(({ from, to }) => (to > next ? [{ from: Math.max(from, next), to }] : []));
}

/** Decodes a message through a Lambda event, as landing does. */
function recordOf(name: string, partition: number, { key, value, ...message }: KafkaMessage): KafkaRecord {
  const event = {
    topic: topicOf(name),
    partition,
    offset: Number(message.offset),
    timestamp: Number(message.timestamp),
    ...(key ? { key: key.toString('base64') } : {}),
    ...(value ? { value: value.toString('base64') } : {}),
    headers: Object.entries(message.headers ?? {}).flatMap(([name, values]) =>
      [values ?? []].flat().map((bytes) => ({ [name]: [...Buffer.from(bytes)] })),
    ),
  };
  const [decoded] = decodeKafkaEvent({ records: { only: [event] } } as unknown as KafkaEvent, () => name);
  const record = decoded?.records[0];
  if (!record) throw new Error(`The record ${name}/${partition}/${message.offset} cannot be decoded`);
  return record;
}
