// Measures the Kafka poller: records/s of a backlog through LocalStack to a function, CPU time by program,
// and the latency of single records. See README.md.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import { processList } from '../localstack/platform/processes.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { createTopics } from '../test/fixtures/create-topics.ts';
import { cpuSeconds, cpuSecondsPerMillion } from './cpu-seconds.ts';
import { mappedFunctions } from './mapped-functions.ts';
import { openOwnPlatform } from './own-platform.ts';
import { quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    // Puts all partitions on one broker, instead of spreading them over three.
    'one-broker': { type: 'boolean', default: false },
  },
});
const records = Number(options.records);
const partitions = 10;
const batchSize = 10_000;
const deadlineMs = 900_000;

const platform = await openOwnPlatform('poller', { deployed: false });
const { endpoints, stateDir } = platform;
const functions = mappedFunctions(endpoints);
const kafka = new Kafka({ brokers: [...endpoints.kafkaBrokers], logLevel: logLevel.NOTHING });
const admin = kafka.admin();
const producer = kafka.producer();
try {
  await Promise.all([admin.connect(), producer.connect()]);
  await Promise.race([run(), platform.failed]);
} finally {
  await Promise.all([admin.disconnect(), producer.disconnect()]);
  functions.close();
  await platform.remove();
}

async function run(): Promise<void> {
  const backlog = await createTopic(admin, partitions);
  await fill(producer, backlog);
  const best = await measureBacklog(backlog);
  console.log(`poller: peak memory ${peakMb('kafka-poller')} MB`);
  const raw = await consumeRaw(backlog);
  console.log(
    `bare kafkajs consumer: ${Math.round(raw.rate)} records/s; ${raw.cpu.toFixed(1)} CPU-s per million`,
  );
  const overheadMs = (batchSize / best - batchSize / raw.rate) * 1000;
  console.log(
    `a batch of ${batchSize} with its invoke: ${overheadMs.toFixed(0)} ms more than with the bare consumer (best round)`,
  );
  await measureLatency();
}

/** Delivers the backlog once per round. Returns the best rate, in records/s. */
async function measureBacklog(backlog: string): Promise<number> {
  const doesNothing = await functions.createFunction('exports.handler = async () => {};');
  let best = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    const before = cpuSeconds(stateDir);
    const mapping = await functions.createMapping(doesNothing, backlog);
    const first = await waitFor('the first batch', async () => (await committed(mapping)) || undefined, {
      deadlineMs,
      everyMs: 5,
    });
    const begun = performance.now();
    const isDone = async () => (await committed(mapping)) >= records;
    await waitFor('the last batch', isDone, { deadlineMs, everyMs: 20 });
    const rate = ((records - first) / (performance.now() - begun)) * 1000;
    await functions.deleteMapping(mapping);
    const used = cpuSecondsPerMillion(before, cpuSeconds(stateDir), records)
      .map(({ name, perMillion }) => `${name === doesNothing ? 'function' : name} ${perMillion.toFixed(1)}`)
      .join(', ');
    console.log(`backlog: ${Math.round(rate)} records/s; CPU-s per million: ${used}`);
    best = Math.max(best, rate);
  }
  return best;
}

/** Sends 50 records/s, and prints the time from produce to handler. */
async function measureLatency(): Promise<void> {
  const live = await createTopic(admin, 1);
  const file = path.join(stateDir, 'latencies');
  const writesLatencies = await functions.createFunction(
    `exports.handler = async ({ records }) => require('fs').appendFileSync(${JSON.stringify(file)},` +
      "Object.values(records).flat().map(({ timestamp }) => Date.now() - timestamp + '\\n').join(''));",
  );
  const mapping = await functions.createMapping(writesLatencies, live);
  const sent = 500;
  for (let i = 0; i < sent; i++) {
    await producer.send({ topic: live, acks: 1, messages: messagesOf(1, 0) });
    await wait(20);
  }
  const isDone = async () => (await committed(mapping)) >= sent;
  await waitFor('the last record', isDone, { deadlineMs, everyMs: 50 });
  // The first 200 records wait for the mapping and for the start of the function.
  const latencies = readFileSync(file, 'utf8').trim().split('\n').map(Number).slice(200);
  console.log(
    `produce to handler, 50 records/s: p50 ${quantile(latencies, 0.5)} ms, p99 ${quantile(latencies, 0.99)} ms`,
  );
}

async function createTopic(admin: Admin, numPartitions: number): Promise<string> {
  const topic = `bench-${randomUUID()}`;
  const replicaAssignment = Array.from({ length: numPartitions }, (_, partition) => ({
    partition,
    replicas: [1],
  }));
  await createTopics(admin, [
    options['one-broker'] ? { topic, replicaAssignment } : { topic, numPartitions, replicationFactor: 1 },
  ]);
  return topic;
}

async function fill(producer: Producer, topic: string): Promise<void> {
  for (let from = 0; from < records; from += batchSize) {
    await Promise.all(
      Array.from({ length: partitions }, (_, partition) =>
        producer.send({ topic, acks: 1, messages: messagesOf(batchSize / partitions, partition) }),
      ),
    );
  }
}

/** Messages of about 190 B each, with key and headers. */
function messagesOf(count: number, partition: number) {
  return Array.from({ length: count }, (_, i) => ({
    partition,
    key: 'Seoul',
    value: JSON.stringify({
      location: 'Seoul',
      date_time: '2024-01-01 00:00:00',
      temperature_c: 12.3,
      humidity_pct: 45.6,
      precipitation_mm: 0.1,
      wind_speed_kmh: 12.3,
    }),
    headers: { source: 'incoming/a.csv@5d41402abc4b2a76', row: String(i) },
  }));
}

/** Number of records that the poller has committed for a mapping. */
async function committed(mapping: string): Promise<number> {
  const metrics = await (await fetch(endpoints.pollerMetricsUrl)).text();
  const line = new RegExp(`^kafka_poller_committed_records_total\\{mapping="${mapping}"\\} (\\d+)`, 'm');
  return Number(line.exec(metrics)?.[1] ?? 0);
}

async function consumeRaw(topic: string): Promise<{ rate: number; cpu: number }> {
  const consumer = kafka.consumer({ groupId: `raw-${randomUUID()}` });
  await consumer.subscribe({ topic, fromBeginning: true });
  const cpu = process.cpuUsage();
  let begun = 0;
  let seen = 0;
  await new Promise<void>((resolve, reject) => {
    const eachBatch = async ({ batch }: { batch: { messages: unknown[] } }) => {
      begun ||= performance.now();
      seen += batch.messages.length;
      if (seen >= records) resolve();
    };
    consumer.run({ eachBatch }).catch(reject);
  });
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await consumer.disconnect();
  return { rate: records / seconds, cpu: (user + system) / records };
}

/** Peak resident memory of a process of the platform, from the kernel. */
function peakMb(name: string): number {
  const pid = processList(stateDir)
    .read()
    .find((one) => one.name === name)?.pid;
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}
