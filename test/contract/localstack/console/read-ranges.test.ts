import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import { type Range, readRanges } from '../../../../localstack/console/views/read-ranges.ts';
import { createTopics } from '../../../fixtures/create-topics.ts';
import { required } from '../../lambdas/test-database.ts';

const topic = `ranges-${randomUUID()}`;
const records = 20_000;
/** 20 MB in each partition: many times what a fetch may bring. */
const value = 'x'.repeat(1_000);

let kafka: Kafka;
let admin: ReturnType<Kafka['admin']>;
beforeAll(async () => {
  const brokers = required('ISOBAR_TEST_KAFKA_BROKERS').split(',');
  kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 2 }]);
  const producer = kafka.producer();
  await producer.connect();
  for (let sent = 0; sent < records; sent += 1_000)
    for (const partition of [0, 1]) {
      const messages = Array.from({ length: 1_000 }, () => ({ partition, value }));
      await producer.send({ topic, messages });
    }
  await producer.disconnect();
}, 120_000);
afterAll(async () => {
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
});

/** Reads ranges, and keeps what `wants` says. */
async function read(ranges: Range[], wants: (seen: number) => boolean = () => true) {
  const seen: string[] = [];
  const { signal } = new AbortController();
  const scan = await readRanges(kafka, admin, topic, ranges, signal, (partition, { offset }) => {
    seen.push(`${partition}/${offset}`);
    return wants(seen.length);
  });
  return { ...scan, seen };
}

test('of a long topic, only the ranges are read, each to its end', async () => {
  const { seen, scanned, isComplete } = await read([
    { partition: 0, from: records - 3, to: records },
    { partition: 1, from: 9_000, to: 9_002 },
  ]);
  expect(seen.toSorted()).toEqual(['0/19997', '0/19998', '0/19999', '1/9000', '1/9001']);
  expect([scanned, isComplete]).toEqual([5, true]);
});

test('reading ends with the record that is the last wanted, and says where to go on', async () => {
  const { scanned, isComplete, next } = await read([{ partition: 1, from: 500, to: records }], (n) => n < 7);
  expect([scanned, isComplete, next.get(1)]).toEqual([7, false, 507]);
});

test('a long search holds a few fetches in memory, and not the topic', async () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const held = () => {
    collectGarbage();
    return process.memoryUsage().arrayBuffers;
  };
  const before = held();
  let most = 0;
  let seen = 0;
  // A busy machine may not get through in the time of one search.
  for (let from: number | undefined = 0; from !== undefined; ) {
    const { scanned, next } = await read([{ partition: 0, from, to: records }], (n) => {
      if (n % 1_000 === 0) most = Math.max(most, held() - before);
      return true;
    });
    seen += scanned;
    from = next.get(0);
  }
  expect(seen).toBe(records);
  expect(most).toBeLessThan(6_000_000);
});
