// How fast the Kafka poller takes a backlog through LocalStack to a function, where the CPU time goes, and how soon a single
// record arrives. See README.md.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetFunctionCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { Kafka, logLevel } from 'kafkajs';
import { startPlatform } from '../localstack/platform/platform.ts';
import { processList } from '../localstack/platform/processes.ts';
import { createTopics } from '../test/fixtures/create-topics.ts';

const { values: options } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    // The topic's partitions are spread over three brokers, or all on one of them.
    'one-broker': { type: 'boolean', default: false },
  },
});
const PARTITIONS = 10;
const records = Number(options.records);
const TICKS_PER_S = 100;

const stateDir = mkdtempSync(path.join(tmpdir(), 'bench-poller-'));
const platform = await startPlatform({ stateDir, anyPorts: true, onEvent: () => undefined });
try {
  await run(platform.endpoints);
} finally {
  await platform.stop();
  rmSync(stateDir, { recursive: true, force: true });
}

async function run({ awsEndpointUrl, region, kafkaBrokers, pollerMetricsUrl }: typeof platform.endpoints) {
  const lambda = new LambdaClient({
    endpoint: awsEndpointUrl,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const kafka = new Kafka({ brokers: [...kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  const producer = kafka.producer();
  await Promise.all([admin.connect(), producer.connect()]);

  const createTopic = async (numPartitions: number): Promise<string> => {
    const topic = `bench-${randomUUID()}`;
    const replicaAssignment = Array.from({ length: numPartitions }, (_, partition) => ({
      partition,
      replicas: [1],
    }));
    await createTopics(admin, [
      options['one-broker'] ? { topic, replicaAssignment } : { topic, numPartitions, replicationFactor: 1 },
    ]);
    return topic;
  };
  const createFunction = async (code: string): Promise<string> => {
    const FunctionName = `bench-${randomUUID()}`;
    await lambda.send(
      new CreateFunctionCommand({
        FunctionName,
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/bench',
        MemorySize: 1024,
        Timeout: 60,
        Code: { ZipFile: zipOf('index.js', code) },
      }),
    );
    while ((await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State !== 'Active') {
      await wait(50);
    }
    return FunctionName;
  };
  const createMapping = async (FunctionName: string, topic: string): Promise<string> => {
    const { UUID = '' } = await lambda.send(
      new CreateEventSourceMappingCommand({
        FunctionName,
        Topics: [topic],
        StartingPosition: 'TRIM_HORIZON',
        BatchSize: 10_000,
        MaximumBatchingWindowInSeconds: 0,
        // Brokers in plain text: the API asks for an access, and a network is one.
        SourceAccessConfigurations: [
          { Type: 'VPC_SUBNET', URI: 'subnet:subnet-12345678' },
          { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-12345678' },
        ],
        SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...kafkaBrokers] } },
      }),
    );
    return UUID;
  };
  const committed = async (uuid: string): Promise<number> => {
    const metrics = await (await fetch(pollerMetricsUrl)).text();
    return Number(
      metrics.match(
        new RegExp(`^kafka_poller_committed_records_total\\{mapping="${uuid}"\\} (\\d+)`, 'm'),
      )?.[1] ?? 0,
    );
  };

  const backlog = await createTopic(PARTITIONS);
  for (let from = 0; from < records; from += 10_000) {
    await Promise.all(
      Array.from({ length: PARTITIONS }, (_, partition) =>
        producer.send({ topic: backlog, acks: 1, messages: recordsOf(1_000, partition) }),
      ),
    );
  }

  const empty = await createFunction('exports.handler = async () => {};');
  let best = 0;
  for (let round = 0; round < Number(options.rounds); round++) {
    const before = cpuSeconds();
    const uuid = await createMapping(empty, backlog);
    let first = 0;
    for (; first === 0; first = await committed(uuid)) await wait(5);
    const begun = performance.now();
    for (let done = first; done < records; done = await committed(uuid)) await wait(20);
    const seconds = (performance.now() - begun) / 1000;
    const after = cpuSeconds();
    await lambda.send(new DeleteEventSourceMappingCommand({ UUID: uuid }));
    const perMillion = Object.entries(after).map(([name, used]) => {
      const spent = ((used - (before[name] ?? 0)) / records) * 1_000_000;
      return `${name} ${spent.toFixed(1)}`;
    });
    const rate = (records - first) / seconds;
    best = Math.max(best, rate);
    console.log(`backlog: ${Math.round(rate)} records/s; CPU-s per million: ${perMillion.join(', ')}`);
  }
  console.log(`poller's memory, at most: ${peakMb('kafka-poller')} MB`);
  const raw = await consumeRaw(kafka, backlog);
  console.log(
    `raw kafkajs consumer: ${Math.round(raw.rate)} records/s; ${raw.cpu.toFixed(1)} CPU-s per million`,
  );
  const overheadMs = (10_000 / best - 10_000 / raw.rate) * 1000;
  console.log(
    `over the raw consumer, a batch of 10,000 takes ${overheadMs.toFixed(0)} ms more, with its invoke (best round)`,
  );

  const live = await createTopic(1);
  const file = path.join(stateDir, 'latencies');
  const noting = await createFunction(
    `exports.handler = async ({ records }) => require('fs').appendFileSync(${JSON.stringify(file)},` +
      "Object.values(records).flat().map(({ timestamp }) => Date.now() - timestamp + '\\n').join(''));",
  );
  const uuid = await createMapping(noting, live);
  const sent = 500;
  for (let i = 0; i < sent; i++) {
    await producer.send({ topic: live, acks: 1, messages: recordsOf(1, 0) });
    await wait(20);
  }
  while ((await committed(uuid)) < sent) await wait(50);
  // The first ones wait for the mapping and for the function's start.
  const latencies = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(Number)
    .slice(200)
    .sort((a, b) => a - b);
  const quantile = (share: number) => latencies[Math.floor(latencies.length * share)];
  console.log(`produce to handler, 50 records/s: p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`);
  await Promise.all([admin.disconnect(), producer.disconnect()]);
}

/** About 190 B each with key and headers. */
function recordsOf(count: number, partition: number) {
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

async function consumeRaw(kafka: Kafka, topic: string): Promise<{ rate: number; cpu: number }> {
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

/** As the kernel counts it. */
function peakMb(name: string): number {
  const pid = processList(stateDir)
    .read()
    .find((one) => one.name === name)?.pid;
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

/** By program: the poller, LocalStack, the functions (its children), the brokers. */
function cpuSeconds(): { [program: string]: number } {
  const ticks = new Map<number, { parent: number; seconds: number }>();
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      ticks.set(pid, {
        parent: Number(fields[1]),
        seconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S,
      });
    } catch {
      // It has ended since the folder was listed.
    }
  }
  const running = processList(stateDir).read();
  const pidOf = (name: string) => running.find((one) => one.name === name)?.pid ?? 0;
  const of = (pid: number) => ticks.get(pid)?.seconds ?? 0;
  const localstack = pidOf('localstack');
  return {
    poller: of(pidOf('kafka-poller')),
    LocalStack: of(localstack),
    functions: [...ticks.values()].reduce(
      (sum, one) => sum + (one.parent === localstack ? one.seconds : 0),
      0,
    ),
    brokers: [1, 2, 3].reduce((sum, id) => sum + of(pidOf(`broker-${id}`)), 0),
  };
}

/** A ZIP archive with one file, stored as it is. */
function zipOf(name: string, text: string): Buffer {
  const [file, data] = [Buffer.from(name), Buffer.from(text)];
  const entry = Buffer.alloc(26);
  entry.writeUInt16LE(20, 0);
  entry.writeUInt32LE(crc32(data), 10);
  entry.writeUInt32LE(data.length, 14);
  entry.writeUInt32LE(data.length, 18);
  entry.writeUInt16LE(file.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), entry, file, data]);
  const made = Buffer.from([20, 3]);
  const place = Buffer.alloc(14);
  place.writeUInt32LE(0o644 << 16, 6);
  const central = Buffer.concat([Buffer.from('PK\x01\x02'), made, entry, place, file]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}
