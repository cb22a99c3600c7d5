// Measures ingest-observations: rows/s from a file to Kafka, and CPU time by stage. See README.md.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { tokenizeCsv } from '../lambdas/shared/incoming/csv.ts';
import { versionOf } from '../lambdas/shared/incoming/incoming-files.ts';
import { connectProducer, type KafkaProducer } from '../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../lambdas/shared/kafka/ordered-send.ts';
import { topics } from '../lambdas/shared/kafka/topics.ts';
import { plausible } from '../lambdas/shared/wire/limits.ts';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import { sendLimits } from '../lambdas/weather/ingest-observations/config.ts';
import { ingestObservations } from '../lambdas/weather/ingest-observations/ingest-observations.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { createTopics } from '../test/fixtures/create-topics.ts';

const { values: options } = parseArgs({
  options: {
    brokers: { type: 'string' },
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
  },
});
if (!options.brokers)
  throw new Error('Usage: node bench/ingest.ts --brokers host:port,… [--rows N] [--rounds N]');
const brokers = options.brokers.split(',');
const blocks = Math.ceil(Number(options.rows) / 10_000);
const rows = blocks * 10_000;

const block = Buffer.from(
  synthesise(10_000)
    .map((cells) => `${cells.join(',')}\n`)
    .join(''),
);
/** Size of the chunks of S3's streams. */
const chunkBytes = 64 * 1024;

function synthesise(count: number): (readonly string[])[] {
  const source = synthesisedRows({ seed: 1, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 60_000 })(0);
  if (!(Symbol.iterator in source)) throw new Error('synthesised rows must be iterable without waiting');
  return [...Iterator.from(source).take(count)];
}

async function* openFile(): AsyncGenerator<Buffer> {
  yield Buffer.from(`${observationFields.join(',')}\n`);
  for (let index = 0; index < blocks; index++) {
    for (let from = 0; from < block.length; from += chunkBytes) yield block.subarray(from, from + chunkBytes);
  }
}

async function tokenize(): Promise<void> {
  const tokenizer = tokenizeCsv();
  let records = 0;
  for await (const chunk of openFile()) for (const _ of tokenizer.push(chunk)) records++;
  if (records !== rows + 1) throw new Error(`read ${records} records, expected ${rows + 1}`);
}

async function ingest(send: KafkaProducer['send']): Promise<void> {
  const file = versionOf(
    `incoming/observations/bench-${randomUUID()}.csv`,
    'd41d8cd98f00b204e9800998ecf8427e',
  );
  const counts = await ingestObservations({ ...file, readAtMs: 0, open: openFile, close() {} }, plausible, {
    startIngest: async () => true,
    startMember: async () => {},
    markIngested: async () => {},
    startSending: () => orderedSend({ send }, sendLimits),
    now: Date.now,
  });
  if (counts?.rowsValid !== rows) throw new Error(`found ${counts?.rowsValid} valid rows, expected ${rows}`);
}

interface Cost {
  readonly rowsPerSecond: number;
  readonly cpuUsPerRow: number;
}

/** Returns the best of all rounds, since other work on the machine can only slow a round down. */
async function measure(work: () => Promise<void>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let round = 0; round < Number(options.rounds); round++) {
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(cpu);
    costs.push({
      rowsPerSecond: (rows / (performance.now() - startedAt)) * 1000,
      cpuUsPerRow: (user + system) / rows,
    });
  }
  return {
    rowsPerSecond: Math.max(...costs.map(({ rowsPerSecond }) => rowsPerSecond)),
    cpuUsPerRow: Math.min(...costs.map(({ cpuUsPerRow }) => cpuUsPerRow)),
  };
}

async function withTopics(admin: Admin, run: (nameOf: (topic: string) => string) => Promise<void>) {
  const prefix = `bench-${randomUUID()}-`;
  const created = Object.values(topics).map(({ name, partitions, replicationFactor, minInSyncReplicas }) => ({
    topic: prefix + name,
    numPartitions: partitions,
    replicationFactor,
    configEntries: [{ name: 'min.insync.replicas', value: String(minInSyncReplicas) }],
  }));
  await admin.connect();
  await createTopics(admin, created);
  try {
    await run((topic) => prefix + topic);
  } finally {
    await admin.deleteTopics({ topics: created.map(({ topic }) => topic) });
    await admin.disconnect();
  }
}

await withTopics(new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin(), async (nameOf) => {
  const producer = connectProducer({ brokers, auth: 'none' });
  const tokenized = await measure(tokenize);
  const encoded = await measure(() => ingest(async () => {}));
  const sent = await measure(() =>
    ingest((batch) => producer.send({ ...batch, topic: nameOf(batch.topic) })),
  );
  await producer.close();

  const stages = {
    'file to records': tokenized.cpuUsPerRow,
    'records to messages': encoded.cpuUsPerRow - tokenized.cpuUsPerRow,
    'messages to Kafka': sent.cpuUsPerRow - encoded.cpuUsPerRow,
    total: sent.cpuUsPerRow,
  };
  console.log(`${rows} rows, file to topic: ${Math.round(sent.rowsPerSecond)} rows/s`);
  for (const [stage, cpuUs] of Object.entries(stages)) {
    console.log(`${stage.padEnd(20)} ${cpuUs.toFixed(2)} µs CPU per row`);
  }
});
