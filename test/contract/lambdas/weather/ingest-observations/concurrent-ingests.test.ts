import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { type FileVersion, versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { ingestedFiles } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { KafkaProducer, Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { topics } from '../../../../../lambdas/shared/kafka/topics.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const log = { info() {}, error() {} };
const topic = topics.weatherData.name;
const rows = 400;
const lines = Array.from(
  { length: rows },
  (_, index) => `Station ${index % 25},2024-01-01 00:00:00,${index % 40},50,0,1\n`,
);

/**
 * Partitions in memory that several functions write to: a send is appended behind the other functions' sends.
 */
function sharedTopic() {
  const partitions: Message[][] = Array.from({ length: topics.weatherData.partitions }, () => []);
  /** A function's connection: a send takes `turns` turns of the event loop, and it breaks after `sends`. */
  const connection = ({ turns, sends = Number.POSITIVE_INFINITY }: { turns: number; sends?: number }) => {
    let sent = 0;
    const send: KafkaProducer['send'] = async ({ partition, messages }) => {
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      if (++sent > sends) throw new Error('the function died');
      partitions[partition]?.push(...messages);
    };
    return send;
  };
  return { partitions, connection };
}

/** Returns a function that resolves once `count` callers have called it. */
function barrierOf(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let waiting = 0;
  return () => {
    if (++waiting === count) resolve();
    return promise;
  };
}

function ingest(version: FileVersion, send: KafkaProducer['send'], allStarted: () => Promise<void>) {
  const file = {
    ...version,
    async *open() {
      await allStarted();
      for (const line of lines) yield Buffer.from(line);
    },
    close() {},
  };
  const startSending = () => orderedSend({ send }, { messages: 3, bytes: 1e6 });
  return ingestObservations(file, plausible, { ...ingestedFiles(connect()), startSending, now: Date.now });
}

const eventOf = (partition: number, from: number, messages: readonly Message[]) =>
  kafkaEvent(topic, {
    [partition]: messages.map(({ value, headers }, index) => ({ offset: from + index, value, headers })),
  });

/** Consumes overlapping batches of a partition, each in two functions at once. Returns the applied rows. */
async function consumePartition(name: string, partition: number, messages: readonly Message[]) {
  const applied: number[] = [];
  const handle = consume({
    name,
    database: connect(),
    log,
    apply: async (fresh) => {
      const records = fresh.flatMap((batch) => batch.records);
      applied.push(...records.map(({ headers }) => headers.row ?? 0));
      return { applied: records.length };
    },
  });
  for (let from = 0; from < messages.length; from += 10) {
    const event = eventOf(partition, from, messages.slice(from, from + 17));
    await Promise.all([handle(event), handle(event)]);
  }
  return applied;
}

test('a file ingested by three functions at once, one of which dies, is applied once, in row order', async () => {
  const version = versionOf('a.csv', randomUUID());
  const { partitions, connection } = sharedTopic();
  const barrier = barrierOf(3);
  const outcomes = await Promise.allSettled([
    ingest(version, connection({ turns: 3 }), barrier),
    ingest(version, connection({ turns: 1, sends: 40 }), barrier),
    ingest(version, connection({ turns: 2 }), barrier),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(partitions.flat().length).toBeGreaterThan(2 * rows);
  const isOutOfOrder = (messages: Message[]) =>
    messages.some(({ headers }, index) => Number(headers.row) < Number(messages[index - 1]?.headers.row));
  expect(partitions.some(isOutOfOrder)).toBe(true);

  const name = randomUUID();
  const applied: number[] = [];
  for (const [partition, messages] of partitions.entries()) {
    const ofPartition = await consumePartition(name, partition, messages);
    expect(ofPartition).toEqual(ofPartition.toSorted((a, b) => a - b));
    applied.push(...ofPartition);
  }
  expect(applied.toSorted((a, b) => a - b)).toEqual(lines.map((_, index) => index + 1));

  const done = await query('select rows_valid from ingested_files where source = $1', [version.source]);
  expect(done).toEqual([{ rows_valid: String(rows) }]);
});
