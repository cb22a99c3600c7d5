import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { fileCheckpoints } from '../../../../../lambdas/shared/incoming/file-checkpoints-table.ts';
import { OutOfTime } from '../../../../../lambdas/shared/incoming/file-messages.ts';
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
const rows = 2_400;
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

interface Attempt {
  readonly allStarted?: () => Promise<void>;
  readonly isTimeUp?: () => boolean;
}

function ingest(
  version: FileVersion,
  send: KafkaProducer['send'],
  { allStarted = async () => {}, isTimeUp = () => false }: Attempt = {},
) {
  const file = {
    ...version,
    readAtMs: Date.now(),
    async *open() {
      await allStarted();
      for (const line of lines) yield Buffer.from(line);
    },
    close() {},
  };
  const startSending = () => orderedSend({ send }, { messages: 3, bytes: 1e6 });
  const database = connect();
  return ingestObservations(file, plausible, {
    ...ingestedFiles(database),
    startSending,
    now: Date.now,
    handOn: { ...fileCheckpoints(database), isTimeUp },
  });
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
    epochs: {},
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
  const allStarted = barrierOf(3);
  const outcomes = await Promise.allSettled([
    ingest(version, connection({ turns: 3 }), { allStarted }),
    ingest(version, connection({ turns: 1, sends: 240 }), { allStarted }),
    ingest(version, connection({ turns: 2 }), { allStarted }),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(partitions.flat().length).toBeGreaterThan(2 * rows);
  const isOutOfOrder = (messages: Message[]) =>
    messages.some(({ headers }, index) => Number(headers.row) < Number(messages[index - 1]?.headers.row));
  expect(partitions.some(isOutOfOrder)).toBe(true);

  await expectEachRowOnce(partitions, version.source);
});

test('a file handed on, continued twice at once and by one that dies, is applied once, in row order', async () => {
  const version = versionOf('a.csv', randomUUID());
  const { partitions, connection } = sharedTopic();
  /** Stops when it has looked at the clock so often. */
  const after = (looks: number) => () => --looks < 0;

  const first = ingest(version, connection({ turns: 1 }), { isTimeUp: after(300) });
  await expect(first).rejects.toThrow(OutOfTime);

  // Its message was sent again, and is redelivered too, because the function died before it was done.
  const allStarted = barrierOf(3);
  const continued = await Promise.allSettled([
    ingest(version, connection({ turns: 2 }), { allStarted, isTimeUp: after(200) }),
    ingest(version, connection({ turns: 1 }), { allStarted, isTimeUp: after(400) }),
    ingest(version, connection({ turns: 3, sends: 60 }), { allStarted }),
  ]);
  expect(continued.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  const last = await ingest(version, connection({ turns: 1 }));
  expect(last).toMatchObject({ rowsRead: rows, rowsValid: rows });

  // The last one began behind the one that got furthest.
  expect(partitions.flat().length).toBeLessThan(2 * rows);
  await expectEachRowOnce(partitions, version.source);
  expect(await query('select from file_checkpoints where source = $1', [version.source])).toEqual([]);
});

async function expectEachRowOnce(partitions: Message[][], source: string) {
  const name = randomUUID();
  const applied: number[] = [];
  for (const [partition, messages] of partitions.entries()) {
    const ofPartition = await consumePartition(name, partition, messages);
    expect(ofPartition).toEqual(ofPartition.toSorted((a, b) => a - b));
    applied.push(...ofPartition);
  }
  expect(applied.toSorted((a, b) => a - b)).toEqual(lines.map((_, index) => index + 1));

  const done = await query('select rows_valid from ingested_files where source = $1', [source]);
  expect(done).toEqual([{ rows_valid: String(rows) }]);
}
