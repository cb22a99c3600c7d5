import { randomUUID } from 'node:crypto';
import kafkajs, { type Message } from 'kafkajs';
import { createTopics } from '../../fixtures/create-topics.ts';

/**
 * The brokers for the contract tests. There is no default, so that these tests are never skipped silently.
 */
function testBrokers(): string[] {
  const brokers = process.env.ISOBAR_TEST_KAFKA_BROKERS;
  if (!brokers) throw new Error('set ISOBAR_TEST_KAFKA_BROKERS to the host:port list of a Kafka cluster');
  return brokers.split(',');
}

export async function connectCluster(brokers = testBrokers()) {
  const kafka = new kafkajs.Kafka({ clientId: 'contract-test', brokers, logLevel: kafkajs.logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);
  const topics: string[] = [];

  return {
    brokers,
    kafka,
    admin,

    newName: (base: string) => `${base}-${randomUUID().slice(0, 8)}`,

    async createTopic(
      partitions: number,
      { name = `esm-${randomUUID().slice(0, 8)}`, config = {} as { [name: string]: string } } = {},
    ): Promise<string> {
      topics.push(name);
      await createTopics(admin, [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor: Math.min(3, brokers.length),
          configEntries: Object.entries(config).map(([entry, value]) => ({ name: entry, value })),
        },
      ]);
      return name;
    },

    /** Sends one request per partition: kafkajs can lose records of a request with several. */
    async produce(topic: string, partition: number, messages: (Message | string)[], compression = 0) {
      await producer.send({
        topic,
        compression,
        messages: messages.map((message) => ({
          ...(typeof message === 'string' ? { value: message } : message),
          partition,
        })),
      });
    },

    /** The committed offset of each partition; -1 for none. */
    async committed(groupId: string, topic: string): Promise<number[]> {
      const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
      const partitions = found?.partitions ?? [];
      return partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
    },

    async close() {
      await producer.disconnect();
      await admin.deleteTopics({ topics }).catch(() => undefined);
      await admin.disconnect();
    },
  };
}

export type Cluster = Awaited<ReturnType<typeof connectCluster>>;

/** Waits until the condition holds. Fails with the last value. */
export async function eventually<T>(
  read: () => T | Promise<T>,
  holds: (seen: T) => boolean,
  deadlineMs = 180_000,
): Promise<T> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const seen = await read();
    if (holds(seen)) return seen;
    if (performance.now() > end) {
      throw new Error(`not within ${deadlineMs} ms; last seen: ${JSON.stringify(seen)?.slice(0, 2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
