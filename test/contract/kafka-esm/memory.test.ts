import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { type Cluster, connectCluster, eventually } from './cluster.ts';
import { type PollerProcess, startProgram } from './poller-process.ts';

/** Started as a program, so that it sets its own limits. */
const MAIN = new URL('../../../localstack/kafka-poller/main.ts', import.meta.url).pathname;
const MB = 1024 * 1024;
/** The limit that the README promises: "Speed and memory". */
const MOST_MB = 300;
/** On a quiet machine this takes seconds. */
const BUSY_MACHINE_MS = 100_000;
/**
 * The megabytes delivered between two looks at the memory. Memory varies by a quarter of that between garbage
 * collections.
 */
const FURTHER_MB = 120;
/** With its overhead, the largest batch that brokers accept by default. */
const LARGE_BATCH_BYTES = 1_000_000;

let cluster: Cluster;
let poller: PollerProcess | undefined;
let api: Awaited<ReturnType<typeof startSink>> | undefined;
beforeAll(async () => {
  cluster = await connectCluster();
});
afterEach(async () => {
  await poller?.stop('SIGKILL');
  api?.close();
});
afterAll(() => cluster?.close());

/** A Lambda API that stores nothing that it receives, so that it can receive a lot. */
async function startSink(mappings: object[], beforeAnswer = async () => {}) {
  let bytes = 0;
  const server = http.createServer((request, response) => {
    if (request.method === 'GET') return response.end(JSON.stringify({ EventSourceMappings: mappings }));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    request.on('end', async () => {
      await beforeAnswer();
      response.end('null');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bytes: () => bytes,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const mappingOf = (topic: string) => ({
  UUID: randomUUID(),
  State: 'Enabled',
  StartingPosition: 'TRIM_HORIZON',
  FunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:sink',
  Topics: [topic],
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: cluster.brokers } },
  BatchSize: 10_000,
  MaximumBatchingWindowInSeconds: 0,
});

/** Records of 2 kB in one batch, as a broker stores it. */
async function produceLargeBatch(topic: string, partition: number) {
  const value = Buffer.alloc(2_000, 'x');
  const count = Math.floor(LARGE_BATCH_BYTES / (value.length + 20));
  await cluster.produce(
    topic,
    partition,
    Array.from({ length: count }, () => ({ value })),
  );
}

/** The peak memory of the poller, as the kernel counts it. */
function residentMb(): number {
  const status = readFileSync(`/proc/${poller?.pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test(
  '24 mappings that drain batches of 1 MB at once stay within 300 MB',
  async () => {
    const topic = await cluster.createTopic(3);
    for (const partition of [0, 1, 2]) {
      for (let i = 0; i < 4; i++) await produceLargeBatch(topic, partition);
    }
    api = await startSink(Array.from({ length: 24 }, () => mappingOf(topic)));
    poller = await startProgram(MAIN, '--endpoint-url', api.url);
    // More than the poller may keep: base64 adds a third to the records.
    const all = 24 * 12 * LARGE_BATCH_BYTES * (4 / 3);
    expect(all).toBeGreaterThan(MOST_MB * MB);
    await eventually(
      () => api?.bytes() ?? 0,
      (bytes) => bytes >= all * 0.98,
      BUSY_MACHINE_MS,
    );
    expect(residentMb()).toBeLessThan(MOST_MB);
  },
  2 * BUSY_MACHINE_MS,
);

test(
  'an endless backlog is read only as fast as a slow function accepts it, and memory stays flat',
  async () => {
    const topic = await cluster.createTopic(3);
    const producing = new AbortController();
    let produced = 0;
    const produce = async () => {
      for (let i = 0; !producing.signal.aborted; i++) {
        await produceLargeBatch(topic, i % 3);
        produced += LARGE_BATCH_BYTES;
      }
    };
    const running = produce();
    const untilDelivered = (bytes: number) =>
      eventually(
        () => api?.bytes() ?? 0,
        (delivered) => delivered > bytes,
        BUSY_MACHINE_MS,
      );
    // The function is slow, so that the producer gets further and further ahead. A poller that kept the
    // backlog would grow, and so would one that kept what it has delivered.
    const isAhead = () => {
      const delivered = api?.bytes() ?? 0;
      return producing.signal.aborted || produced * (4 / 3) - delivered > delivered + 20 * MB;
    };
    const untilAhead = async () => {
      await eventually(isAhead, (ahead) => ahead, BUSY_MACHINE_MS);
    };
    try {
      api = await startSink([mappingOf(topic)], untilAhead);
      poller = await startProgram(MAIN, '--endpoint-url', api.url);
      await untilDelivered(20 * MB);
      const early = residentMb();
      await untilDelivered((20 + FURTHER_MB) * MB);
      const late = residentMb();
      expect(late - early).toBeLessThan(FURTHER_MB / 2);
      expect(late).toBeLessThan(MOST_MB);
    } finally {
      producing.abort();
      await running;
    }
  },
  2 * BUSY_MACHINE_MS,
);
