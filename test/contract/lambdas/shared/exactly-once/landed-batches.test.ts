import { gunzipSync } from 'node:zlib';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { SQSEvent } from 'aws-lambda';
import fc from 'fast-check';
import { lakeObjects } from '../../../../../bin/audit/lake-objects.ts';
import { recordErrors } from '../../../../../lambdas/errors/record-errors/record-errors.ts';
import { recordFailedBatches } from '../../../../../lambdas/errors/record-failed-batches/record-failed-batches.ts';
import { storeFailures } from '../../../../../lambdas/errors/record-failed-batches/recorded-failures.ts';
import { openBucket } from '../../../../../lambdas/shared/aws/bucket.ts';
import type { Apply } from '../../../../../lambdas/shared/exactly-once/apply.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import {
  type LandedObjects,
  openLandedObjects,
} from '../../../../../lambdas/shared/exactly-once/landed-objects.ts';
import { fileNames } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { encodeObservation } from '../../../../../lambdas/shared/wire/observation.ts';
import { landObservations } from '../../../../../lambdas/weather/land-observations/land-observations.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import { observationWith } from '../../../../fixtures/observations.ts';
import { runs } from '../../../../fixtures/runs.ts';
import { testBucket } from '../../test-bucket.ts';
import { testDatabase } from '../../test-database.ts';

// The objects hold each record once, whatever a mapping and a failing function do to the batches of a
// partition.

const { connect } = testDatabase();
const { bucket, client } = testBucket();
let lake: LandedObjects;
let database: Database;

beforeAll(() => {
  database = connect();
  lake = openLandedObjects({ bucket, contentType: 'application/octet-stream' });
});
afterAll(() => lake.close());

const valid = encodeObservation(
  observationWith({ observedAtMs: Date.UTC(2024, 0, 1), temperatureC: 1, humidityPct: 50, windSpeedKmh: 3 }),
);

/**
 * A record: the row of a file that is so many rows after the last one (0: a duplicate), or one of other
 * kinds.
 */
type Kind = number | 'invalid' | 'for another' | 'redriven';

interface Sent {
  readonly offset: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether its consumer has to process it, when records are delivered one by one. */
  readonly isNew: boolean;
}

const newOrigin = () => `error_weather_data/0/${newNumber()}`;

/** Rows of one of two files, or a redriven record. With `again`, the rows are sent twice in a row. */
type Sending = { readonly file: 'a' | 'b'; readonly rows: number; readonly again: boolean } | 'redriven';

/** The records that producers sent, and the identity that the copies of each have in common. */
function sentOf(sendings: readonly Sending[]) {
  const origin = newOrigin();
  const story = newNumber();
  const lastRows = { a: 0, b: 0 };
  const sent = sendings.flatMap((sending): { headers: Sent['headers']; identity: string }[] => {
    if (sending === 'redriven') return [{ headers: { origin }, identity: origin }];
    const { file, rows, again } = sending;
    const chunk = Array.from({ length: rows }, () => {
      const row = String(++lastRows[file]);
      return { headers: { source: `${file}.csv@${story}`, row }, identity: `${file} ${row}` };
    });
    return again ? [...chunk, ...chunk] : chunk;
  });
  return {
    records: sent.map(({ headers }, offset): Sent => ({ offset, text: valid, headers, isNew: true })),
    identities: sent.map(({ identity }) => identity),
  };
}

function recordsOf(kinds: readonly Kind[]): Sent[] {
  const origin = newOrigin();
  let row = 1;
  let last = 0;
  let isRedriven = false;
  return kinds.map((kind, offset) => {
    switch (kind) {
      case 'invalid':
        return { offset, text: '1', headers: {}, isNew: true };
      case 'for another':
        return {
          offset,
          text: valid,
          headers: { origin: 't/0/1', attempt: '1', 'retry-for': 'b' },
          isNew: false,
        };
      case 'redriven': {
        const isNew = !isRedriven;
        isRedriven = true;
        return { offset, text: valid, headers: { origin }, isNew };
      }
      default: {
        row += kind;
        const isNew = row > last;
        last = row;
        return { offset, text: valid, headers: { source: 'a.csv@1', row: String(row) }, isNew };
      }
    }
  });
}

let numbers = 0;
const newNumber = () => ++numbers;

const eventOf = (topic: string, partition: number, records: readonly Sent[]) =>
  kafkaEvent(topic, {
    [partition]: records.map(({ offset, text, headers }) => ({
      offset,
      timestampMs: Date.UTC(2024, 4, 5),
      value: text,
      headers,
    })),
  });

interface Subject {
  readonly name: string;
  readonly topic: string;
  readonly apply: Apply<object>;
  readonly lands: (record: Sent) => boolean;
  /** The offsets in the objects of a partition, in any order. */
  readonly landed: (partition: number) => Promise<number[]>;
}

const landing: Subject = {
  name: 'land-observations',
  topic: 'weather-data',
  apply: (partitions, query) =>
    landObservations(partitions, plausible, {
      put: (key, encode) => lake.put(key, encode, () => query('select 1')),
      confirmLock: async () => {},
      sendDeadLetters: async () => {},
      addRowCounts: async () => {},
      now: Date.now,
    }),
  lands: ({ isNew, text }) => isNew && text === valid,
  landed: async (partition) => {
    const objects = lakeObjects(client(), bucket);
    const keys = await keysOf('raw/observations/', partition);
    const read = await Promise.all(keys.map((key) => objects.read(key)));
    return read.flatMap((rows) => [...(rows?.offsets ?? [])]);
  },
};

const recording: Subject = {
  name: 'record-errors',
  topic: 'error-data',
  apply: (partitions, query) =>
    recordErrors(partitions, {
      store: async () => {},
      put: (key, encode) => lake.put(key, encode, () => query('select 1')),
    }),
  lands: ({ isNew }) => isNew,
  landed: async (partition) => {
    const keys = await keysOf('errors/', partition);
    const read = await Promise.all(keys.map(linesOf));
    return read.flat().map((line): number => JSON.parse(line)._offset);
  },
};

async function keysOf(prefix: string, partition: number): Promise<string[]> {
  const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const name = `/p${String(partition).padStart(2, '0')}-`;
  return Contents.flatMap(({ Key }) => (Key?.includes(name) ? [Key] : []));
}

async function linesOf(key: string): Promise<string[]> {
  const { Body } = await client().send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return gunzipSync((await Body?.transformToByteArray()) ?? '')
    .toString()
    .split('\n');
}

/** A partition of its own, to which records are delivered. A delivery may fail at its commit. */
function partitionOf({ name, topic, apply, landed, lands }: Subject, records: readonly Sent[]) {
  const partition = newNumber();
  let fails = false;
  // The first transaction names the generation of the topic. It is not of a batch, and may not fail for one.
  let isNamed = false;
  const handle = consume({
    name,
    epochs: {},
    database: {
      transaction: (work) =>
        database.transaction(async (query) => {
          const done = await work(query);
          if (fails && isNamed) throw new Error('the commit failed');
          isNamed = true;
          return done;
        }),
    },
    log: { info() {}, error() {} },
    apply,
  });
  return {
    async deliver(from: number, to: number, { failing = false } = {}) {
      fails = failing;
      const delivered = handle(eventOf(topic, partition, records.slice(from, to)));
      if (failing) await expect(delivered).rejects.toThrow('the commit failed');
      else await delivered;
    },
    /** Announces a discarded batch, as Lambda and S3 do. It may be announced twice. */
    async announceDiscarded(from: number, to: number) {
      const batch = {
        requestContext: { functionArn: `arn:aws:lambda:us-east-1:000000000000:function:isobar-test-${name}` },
        payload: JSON.stringify(eventOf(topic, partition, records.slice(from, to))),
      };
      const record = recordFailedBatches({
        read: async () => JSON.stringify(batch),
        nameFiles: fileNames(database),
        generationsOf: async ({ topic }) => [topic],
        store: (failures) =>
          database.transaction((query) => storeFailures(query, failures, openBucket(bucket).remove)),
        log: { info() {}, error() {} },
      });
      const notice = { Records: [{ s3: { bucket: { name: bucket }, object: { key: 'k', eTag: 'e' } } }] };
      const event = { Records: [{ messageId: 'm', body: JSON.stringify(notice) }] };
      expect(await record(event as unknown as SQSEvent)).toEqual({ batchItemFailures: [] });
    },
    /** The offsets of the dead letters. */
    async deadLetters() {
      const rows = await database.query<{ offset: string }>(
        'select "offset" from error_weather_data where topic = $1 and partition = $2 order by "offset"',
        [topic, partition],
      );
      return rows.map(({ offset }) => Number(offset));
    },
    landed: async () => (await landed(partition)).sort((a, b) => a - b),
    expected: records.filter(lands).map(({ offset }) => offset),
  };
}

const kind: fc.Arbitrary<Kind> = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom<Kind>('invalid', 'for another', 'redriven') },
);

/** How many records before the committed offset a batch begins, its length, and whether its commit fails. */
const delivery = fc.record({
  back: fc.nat(3),
  length: fc.integer({ min: 1, max: 8 }),
  failing: fc.boolean(),
});

const sending: fc.Arbitrary<Sending> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      file: fc.constantFrom<'a' | 'b'>('a', 'b'),
      rows: fc.integer({ min: 1, max: 4 }),
      again: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Sending>('redriven') },
);

/** How a delivery of the next records ends, and when it is announced if Lambda discards it. */
const ending = fc.record({
  length: fc.integer({ min: 1, max: 6 }),
  back: fc.nat(2),
  outcome: fc.constantFrom('is committed', 'fails', 'fails and is discarded', 'is committed and discarded'),
  announced: fc.constantFrom('at once', 'later'),
});

describe.each([landing, recording])('$name', (subject) => {
  test('a shorter retry that lands nothing leaves no orphan', async () => {
    const { deliver, landed } = partitionOf(subject, recordsOf([1, 1, 0, 0, 1, 1]));
    await deliver(0, 2);
    await deliver(2, 6, { failing: true });
    await deliver(2, 4);
    await deliver(4, 6);
    expect(await landed()).toEqual([0, 1, 4, 5]);
  });

  test('each record is in one object, wherever its batches begin, end and fail', async () => {
    const story = fc.tuple(
      fc.array(kind, { minLength: 1, maxLength: 24 }),
      fc.array(delivery, { maxLength: 12 }),
    );
    const property = fc.asyncProperty(story, async ([kinds, deliveries]) => {
      const { deliver, landed, expected } = partitionOf(subject, recordsOf(kinds));
      let ledger = 0;
      for (const { back, length, failing } of deliveries) {
        const from = Math.max(0, ledger - back);
        const to = Math.min(from + length, kinds.length);
        if (from >= to) continue;
        await deliver(from, to, { failing });
        if (!failing) ledger = Math.max(ledger, to);
      }
      if (ledger < kinds.length) await deliver(ledger, kinds.length);
      expect(await landed()).toEqual(expected);
    });
    await fc.assert(property, runs({ all: 80, few: 12 }));
  });

  test('objects of a batch that was discarded half-way are removed, and its discarded half can be redriven', async () => {
    const { deliver, announceDiscarded, landed, deadLetters } = partitionOf(subject, recordsOf([1, 1, 1, 1]));
    await deliver(0, 4, { failing: true });
    expect(await landed()).toEqual([0, 1, 2, 3]);
    await deliver(0, 2, { failing: true });
    await deliver(2, 4);
    await announceDiscarded(0, 2);
    expect(await landed()).toEqual([2, 3]);
    expect(await deadLetters()).toEqual([0, 1]);
    await deliver(0, 4);
    expect(await landed()).toEqual([2, 3]);
  });

  test('a batch that was committed before it was discarded causes no dead letter', async () => {
    const { deliver, announceDiscarded, landed, deadLetters } = partitionOf(subject, recordsOf([1, 1, 1]));
    await deliver(0, 2);
    await announceDiscarded(0, 2);
    await deliver(2, 3);
    expect(await landed()).toEqual([0, 1, 2]);
    expect(await deadLetters()).toEqual([]);
  });

  test.each([
    ['a redriven record', { origin: newOrigin() }],
    ['the row of a file', { source: `again.csv@${newNumber()}`, row: '1' }],
  ])(
    '%s of a discarded batch that comes again is a dead letter when that is announced',
    async (_, headers) => {
      const first: Sent = { offset: 0, text: valid, headers, isNew: true };
      const next: Sent = { ...first, offset: 1, headers: { source: `next.csv@${newNumber()}`, row: '1' } };
      const { deliver, announceDiscarded, landed, deadLetters } = partitionOf(subject, [first, next]);
      await deliver(0, 2, { failing: true });
      await deliver(1, 2);
      await deliver(0, 1);
      await announceDiscarded(0, 2);
      expect([await landed(), await deadLetters()]).toEqual([[1], [0]]);
    },
  );

  test('each record is in one object or is one dead letter, whatever is discarded and whenever that is announced', async () => {
    const story = fc.tuple(
      fc.array(sending, { minLength: 1, maxLength: 8 }),
      fc.array(ending, { maxLength: 10 }),
    );
    const property = fc.asyncProperty(story, async ([sendings, endings]) => {
      const { records, identities } = sentOf(sendings);
      const { deliver, announceDiscarded, landed, deadLetters } = partitionOf(subject, records);
      const later: (() => Promise<void>)[] = [];
      let next = 0;
      for (const { length, back, outcome, announced } of endings) {
        const from = Math.max(0, next - back);
        const to = Math.min(from + length, records.length);
        if (from >= to) continue;
        await deliver(from, to, { failing: outcome.startsWith('fails') });
        if (outcome === 'fails') continue;
        next = Math.max(next, to);
        if (outcome === 'is committed') continue;
        if (announced === 'at once') await announceDiscarded(from, to);
        else later.push(() => announceDiscarded(from, to));
      }
      if (next < records.length) await deliver(next, records.length);
      for (const tell of later.reverse()) await tell();
      const all = [...(await landed()), ...(await deadLetters())].map((offset) => identities[offset] ?? '');
      expect(all.sort()).toEqual([...new Set(identities)].sort());
    });
    await fc.assert(property, runs({ all: 100, few: 15 }));
  });
});
