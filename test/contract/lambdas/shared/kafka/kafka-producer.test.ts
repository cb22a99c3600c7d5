import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import {
  connectProducer,
  type KafkaProducer,
  partitionOf,
} from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { createTopics } from '../../../../fixtures/create-topics.ts';
import { required } from '../../test-database.ts';

const topic = `test-${randomUUID()}`;
const partitions = 3;
let brokers: string[];
let kafka: Kafka;
let admin: Admin;
let producer: KafkaProducer;

beforeAll(async () => {
  brokers = required('ISOBAR_TEST_KAFKA_BROKERS').split(',');
  kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: partitions }]);
  producer = connectProducer({ brokers, auth: 'none' });
});

afterAll(async () => {
  await producer.close();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
});

/** Reads until `count` messages have arrived, or the test times out. */
async function readAll(count: number, from = topic) {
  const read: { partition: number; key: string; value: string; headers: Record<string, string> }[] = [];
  const consumer = kafka.consumer({ groupId: randomUUID() });
  await consumer.connect();
  await consumer.subscribe({ topic: from, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({
      partition,
      message,
    }: Parameters<NonNullable<Parameters<typeof consumer.run>[0]>['eachMessage'] & object>[0]) => {
      const headers = Object.entries(message.headers ?? {}).map(([name, bytes]) => [name, String(bytes)]);
      read.push({
        partition,
        key: String(message.key),
        value: String(message.value),
        headers: Object.fromEntries(headers),
      });
      if (read.length === count) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return read;
}

test('a batch is compressed: a broker takes one that would be too large for it', async () => {
  const small = `test-${randomUUID()}`;
  const configEntries = [{ name: 'max.message.bytes', value: '40000' }];
  await createTopics(admin, [{ topic: small, numPartitions: 1, configEntries }]);
  const messages = Array.from({ length: 1_000 }, (_, row) => ({
    key: 'Seoul',
    value: JSON.stringify({ Location: 'Seoul', Temperature_C: Math.sin(row), Humidity_pct: row % 97 }),
    headers: { source: 'a1b2c3d4e5f', row: String(row) },
  }));
  const plain = kafka.producer();
  await plain.connect();
  await expect(plain.send({ topic: small, messages })).rejects.toThrow(/larger than the max|too large/i);
  await plain.disconnect();

  // A producer of its own: kafkajs would go on asking for the topic when it is deleted.
  const ours = connectProducer({ brokers, auth: 'none' });
  await ours.send({ topic: small, partition: 0, messages });
  await ours.close();
  const read = await readAll(1_000, small);
  expect(read).toEqual(messages.map((message) => ({ partition: 0, ...message })));
  await admin.deleteTopics({ topics: [small] });
});

test('each message arrives once, on its partition, in order, with its headers', async () => {
  const sending = orderedSend(producer, { messages: 7, bytes: 1e6 });
  const keys = ['서울', 'Busan', 'Jeju', 'Incheon', 'Daegu'];
  for (let row = 0; row < 500; row++) {
    const key = keys[row % keys.length] ?? '';
    await sending.add(topic, partitionOf(key, { partitions }), {
      key,
      value: `${key} ${row}`,
      headers: { source: 'a.csv@e', row: String(row) },
    });
  }
  await sending.finish();

  const read = await readAll(500);
  for (const { partition, key, headers } of read) {
    expect(partition).toBe(partitionOf(key, { partitions }));
    expect(headers.source).toBe('a.csv@e');
  }
  for (let partition = 0; partition < partitions; partition++) {
    const rows = read
      .filter((message) => message.partition === partition)
      .map(({ headers }) => Number(headers.row));
    expect(rows).toEqual(rows.toSorted((a, b) => a - b));
  }
  expect(new Set(read.map(({ value }) => value)).size).toBe(500);
});

test('a broker and another client read every text as it was sent', async () => {
  const odd = `test-${randomUUID()}`;
  await createTopics(admin, [{ topic: odd, numPartitions: 1 }]);
  const texts = ['', 'a', '서울 🌦', 'é'.repeat(63), 'x'.repeat(64), '\u0000', '울'.repeat(30_000)];
  const messages = texts.flatMap((text) => [
    { key: text, value: `${text}.`, headers: { source: text, row: '1' } },
    { key: null, value: text, headers: {} },
  ]);
  await producer.send({ topic: odd, partition: 0, messages });
  const read = await readAll(messages.length, odd);
  const expected = messages.map(({ key, ...rest }) => ({ partition: 0, key: String(key), ...rest }));
  expect(read).toEqual(expected);
  await admin.deleteTopics({ topics: [odd] });
});

test('a message that the brokers refuse is an error that names topic and partition', async () => {
  // Compression must not make it fit.
  const tooLarge = { key: null, value: randomBytes(2_000_000).toString('hex'), headers: {} };
  const sent = producer.send({ topic, partition: 1, messages: [tooLarge] });
  await expect(sent).rejects.toThrow(`Sending 1 messages to ${topic}, partition 1, failed`);
});
