import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { claimRecords } from '../../../../../lambdas/shared/exactly-once/exactly-once.ts';
import { skipGap } from '../../../../../lambdas/shared/exactly-once/ledger.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import type { Query } from '../../../../../lambdas/shared/postgres/database.ts';
import { giveUp } from '../../../../../lambdas/shared/retry/awaited-attempts.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { testDatabase } from '../../test-database.ts';
import { someoneWaits } from '../../waiting-session.ts';

const { connect, query } = testDatabase();

const recordAt = (offset: number, headers: KafkaRecord['headers'] = {}): KafkaRecord =>
  kafkaRecordWith({ partition: 3, offset, text: '{}', value: {}, headers });
const origin = { topic: 'weather-data', partition: 3, offset: 5 };

/** Handles the record as its consumer would, and defers it or not. Returns how many records were fresh. */
async function handle(tx: Query, consumer: string, record: KafkaRecord, outcome: 'defer' | 'succeed') {
  const partition = { topic: 'weather-data', partition: 3, records: [record] };
  await skipGap(tx, consumer, [partition]);
  const { fresh, advance } = await claimRecords(tx, consumer, [partition]);
  const records = fresh.flatMap((each) => each.records);
  await advance(outcome === 'defer' ? records : []);
  return records.length;
}

test('an awaited attempt is given up once, however often its copies come, and no retry takes effect after that', async () => {
  const consumer = randomUUID();
  const database = connect();
  await database.transaction((tx) => handle(tx, consumer, recordAt(5), 'defer'));
  const attempt = { consumer, origin, attempt: 1 };
  const giveUpOnce = () =>
    database.transaction((tx) => giveUp(tx, [{ ...attempt, attempt: 2 }, attempt, attempt]));
  expect(await giveUpOnce()).toEqual([attempt]);
  expect(await giveUpOnce()).toEqual([]);
  const late = recordAt(6, { origin, attempt: 1, retryFor: consumer });
  expect(await database.transaction((tx) => handle(tx, consumer, late, 'succeed'))).toBe(0);
});

test.each(['commits', 'crashes'] as const)(
  'whoever defers the record is waited for, and then it %s',
  async (end) => {
    const consumer = randomUUID();
    const { promise: mayEnd, resolve: letEnd } = Promise.withResolvers<void>();
    const { promise: hasSent, resolve: tellSent } = Promise.withResolvers<void>();
    const deferring = connect().transaction(async (tx) => {
      await handle(tx, consumer, recordAt(5), 'defer');
      tellSent();
      await mayEnd;
      if (end === 'crashes') throw new Error('crashed');
    });
    const ended = deferring.catch(() => undefined);
    await hasSent;
    const attempt = { consumer, origin, attempt: 1 };
    const givingUp = connect().transaction(async (tx) => {
      const givenUp = await giveUp(tx, [attempt]);
      return givenUp.length;
    });
    await someoneWaits(query);
    letEnd();
    await ended;
    expect(await givingUp).toBe(end === 'commits' ? 1 : 0);
  },
);
