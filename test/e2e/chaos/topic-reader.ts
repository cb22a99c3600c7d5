import { randomUUID } from 'node:crypto';
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs';
import type { Endpoints } from '../../../localstack/endpoints.ts';

/** Reads every record of a topic, by partition, in offset order. */
export async function readTopic(endpoints: Endpoints, topic: string): Promise<Map<number, KafkaMessage[]>> {
  const kafka = new Kafka({ brokers: [...endpoints.kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  const partitions = new Map<number, KafkaMessage[]>();
  const awaited = new Map<number, number>();
  for (const { partition, low, high } of ends) {
    partitions.set(partition, []);
    if (Number(high) > Number(low)) awaited.set(partition, Number(high) - 1);
  }
  const groupId = `chaos-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  const done = Promise.withResolvers<void>();
  if (awaited.size === 0) done.resolve();
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      partitions.get(partition)?.push(message);
      if (Number(message.offset) < (awaited.get(partition) ?? Number.POSITIVE_INFINITY)) return;
      awaited.delete(partition);
      if (awaited.size === 0) done.resolve();
    },
  });
  await done.promise;
  await consumer.disconnect();
  await admin.deleteGroups([groupId]);
  await admin.disconnect();
  return partitions;
}
