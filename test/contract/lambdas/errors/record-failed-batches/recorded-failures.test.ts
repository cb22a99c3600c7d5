import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import type { FailedRecord } from '../../../../../lambdas/errors/record-failed-batches/record-failed-batches.ts';
import {
  claimFailures,
  giveUpRetries,
  skipDiscarded,
  storeFailures,
} from '../../../../../lambdas/errors/record-failed-batches/recorded-failures.ts';
import { claimRecords } from '../../../../../lambdas/shared/exactly-once/exactly-once.ts';
import { skipGap } from '../../../../../lambdas/shared/exactly-once/ledger.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();

const failure = (offset: number, batchOf: string): FailedRecord => ({
  errorType: 'BATCH_FAILED',
  errorReason: '…',
  rawRow: '{}',
  timestampMs: 0,
  fileName: null,
  retryCount: 0,
  location: null,
  lineNumber: null,
  columns: null,
  position: { topic: 'weather-data', partition: 0, offset },
  sentAtMs: 0,
  batchOf,
  attempt: null,
  identity: null,
  failedIn: batchOf,
  firstFailedAtMs: null,
  cause: null,
});

test('a record is claimed once for each consumer that failed, however often S3 sends the notice', async () => {
  const database = connect();
  const claim = async (...failures: FailedRecord[]) =>
    (await database.transaction((tx) => claimFailures(tx, failures)))
      .map(({ position, batchOf }) => `${position.offset} ${batchOf}`)
      .sort();
  expect(await claim(failure(5, 'watch'), failure(6, 'watch'))).toEqual(['5 watch', '6 watch']);
  expect(await claim(failure(5, 'watch'), failure(6, 'watch'))).toEqual([]);
  expect(await claim(failure(6, 'watch'), failure(7, 'watch'), failure(5, 'land'))).toEqual([
    '5 land',
    '7 watch',
  ]);
});

const recordAt = (offset: number, headers: KafkaRecord['headers'] = {}): KafkaRecord =>
  kafkaRecordWith({ offset, text: '{}', value: {}, headers });

test('a retry in a discarded batch becomes one dead letter, and its later copies have no effect', async () => {
  const consumer = randomUUID();
  const database = connect();
  /** Returns how many of the records were new to the consumer, which then defers or processes them. */
  const consume = (record: KafkaRecord, outcome: 'defers' | 'succeeds') =>
    database.transaction(async (tx) => {
      const batch = [{ topic: 'weather-data', partition: 0, records: [record] }];
      await skipGap(tx, consumer, batch);
      await skipGap(tx, consumer, batch);
      const { fresh, advance } = await claimRecords(tx, consumer, batch);
      const records = fresh.flatMap((each) => each.records);
      await advance(outcome === 'defers' ? records : []);
      return records.length;
    });
  const origin = { topic: 'weather-data', partition: 0, offset: 5 };
  const retry = (offset: number) => recordAt(offset, { origin, attempt: 1, retryFor: consumer });
  const failed = (offset: number): FailedRecord => ({
    ...failure(offset, consumer),
    attempt: { consumer, origin, attempt: 1 },
  });
  const settle = (...failures: FailedRecord[]) => database.transaction((tx) => giveUpRetries(tx, failures));
  const awaited = () =>
    query('select from applied_origins where consumer = $1 and next_attempt is not null', [consumer]);

  await consume(recordAt(5), 'defers');
  expect(await awaited()).toHaveLength(1);
  const [first, doubled, other] = [failed(6), failed(7), failure(8, consumer)];
  expect(await settle(first, doubled, other)).toEqual([first, other]);
  expect(await awaited()).toHaveLength(0);
  expect(await consume(retry(9), 'succeeds')).toBe(0);
  expect(await settle(failed(10))).toEqual([]);
});

test('a retry that nobody awaits becomes no dead letter: its record was applied or deferred again', async () => {
  const consumer = randomUUID();
  const settled = await connect().transaction((tx) =>
    giveUpRetries(tx, [
      {
        ...failure(6, consumer),
        attempt: { consumer, origin: { topic: 'weather-data', partition: 0, offset: 5 }, attempt: 1 },
      },
    ]),
  );
  expect(settled).toEqual([]);
});

test('a discarded record that was not applied becomes a dead letter: it is past the committed offset, or in a gap', async () => {
  const consumer = 'land-observations';
  await query('delete from applied_offsets where consumer = $1', [consumer]);
  await query('insert into applied_offsets values ($1, $2, 0, 10)', [consumer, 'weather-data']);
  await query(`insert into skipped_offsets values ($1, 'weather-data', 0, 8, 10)`, [consumer]);
  const skip = (...failures: FailedRecord[]) => connect().transaction((tx) => skipDiscarded(tx, failures));
  const [applied, inGap, ahead] = [failure(7, consumer), failure(8, consumer), failure(12, consumer)];
  expect(await skip(applied)).toEqual([]);
  expect(await skip(inGap)).toEqual([inGap]);
  expect(await skip(ahead)).toEqual([ahead]);

  const removed: string[] = [];
  const store = (...offsets: number[]) =>
    connect().transaction((tx) =>
      storeFailures(
        tx,
        offsets.map((offset) => failure(offset, consumer)),
        async (keys) => void removed.push(...keys),
      ),
    );
  // Offset 12 is settled, and the offsets before it have become a gap.
  expect(await store(7, 9, 11, 12, 20)).toBe(3);
  expect(removed.sort()).toEqual([
    'raw/observations/ingest_date=1970-01-01/p00-00000000000000000009.parquet',
    'raw/observations/ingest_date=1970-01-01/p00-00000000000000000011.parquet',
    'raw/observations/ingest_date=1970-01-01/p00-00000000000000000020.parquet',
  ]);
});
