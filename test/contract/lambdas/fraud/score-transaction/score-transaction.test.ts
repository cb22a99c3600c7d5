import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { scoreTables } from '../../../../../lambdas/fraud/score-transaction/score-tables.ts';
import {
  type Ports,
  scoreTransaction,
} from '../../../../../lambdas/fraud/score-transaction/score-transaction.ts';
import { shippedScorer } from '../../../../../lambdas/fraud/score-transaction/shipped-model.ts';
import { connectProducer, type KafkaProducer } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { createTopics } from '../../../../fixtures/create-topics.ts';
import { goodTransaction } from '../../../../fixtures/hostile-bodies.ts';
import { required, testDatabase } from '../../test-database.ts';

const topic = `test-${randomUUID()}`;
const { connect, query } = testDatabase();
let admin: Admin;
let producer: KafkaProducer;
let accountId: string;

beforeAll(async () => {
  const brokers = required('ISOBAR_TEST_KAFKA_BROKERS').split(',');
  admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  await createTopics(admin, [{ topic, numPartitions: 1 }]);
  producer = connectProducer({ brokers, auth: 'none' });
});

afterAll(async () => {
  await producer.close();
  await admin.deleteTopics({ topics: [topic] });
  await admin.disconnect();
});

beforeEach(() => {
  accountId = randomUUID();
});

const sendToKafka: Ports['send'] = ({ accountId: key, value }) =>
  producer.send({ topic, partition: 0, messages: [{ key, value, headers: {} }] });

/** An execution environment of the function, with a connection pool of its own. */
const environment = (send = sendToKafka, database: Database = connect()) =>
  scoreTransaction({
    ...scoreTables(database),
    send,
    scorer: async () => shippedScorer(),
    now: () => Date.now(),
  });

const transaction = (change: object = {}) => ({
  ...goodTransaction,
  time: '2026-01-31T12:00:00.000Z',
  transactionId: randomUUID(),
  accountId,
  ...change,
});

const records = async () => Number((await admin.fetchTopicOffsets(topic))[0]?.high);

const history = async () => {
  const [row] = await query<{ activity: { transactions?: number } }>(
    'select activity from account_activity where account_id = $1',
    [accountId],
  );
  return row?.activity.transactions ?? 0;
};

const endSessionsThatSend = () =>
  query(
    `select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and state = 'idle in transaction'`,
  );

test('a repeat gets the same answer from any environment, sends no record and does not change the history', async () => {
  const before = await records();
  const body = transaction();
  const first = await environment()(body);
  expect(JSON.parse(first.body)).toMatchObject({
    transactionId: body.transactionId,
    score: expect.any(Number),
  });
  expect(await environment()(body)).toEqual(first);
  expect(await environment()({ ...body, time: '2026-01-31T12:00:00Z' })).toEqual(first);
  expect({ records: await records(), history: await history() }).toEqual({ records: before + 1, history: 1 });
});

test('of concurrent repeats, one is scored and sent', async () => {
  const before = await records();
  const body = transaction();
  const answers = await Promise.all(Array.from({ length: 12 }, () => environment()(body)));
  expect(new Set(answers.map((answer) => answer.body)).size).toBe(1);
  expect({ records: await records(), history: await history() }).toEqual({ records: before + 1, history: 1 });
});

test('concurrent transactions of one account are scored one after another', async () => {
  const bodies = Array.from({ length: 12 }, () => transaction());
  const ages: number[] = [];
  const recording: Ports['send'] = async (record) => {
    ages.push(JSON.parse(record.value).features.account_age_transactions);
    await sendToKafka(record);
  };
  await Promise.all(bodies.map((body) => environment(recording)(body)));
  expect(ages.toSorted((a, b) => a - b)).toEqual(bodies.map((_, number) => number));
  expect(await history()).toBe(12);
});

test.each([
  ['amount', { amount: 12.51 }],
  ['account', { accountId: 'another' }],
])(
  'an id that belongs to a transaction with another %s is refused, and changes nothing',
  async (_, change) => {
    const body = transaction();
    const first = await environment()(body);
    const before = await records();
    await expect(environment()({ ...body, ...change })).rejects.toMatchObject({ statusCode: 409 });
    expect(await environment()(body)).toEqual(first);
    expect({ records: await records(), history: await history() }).toEqual({ records: before, history: 1 });
    expect(await query("select from account_activity where account_id = 'another'")).toEqual([]);
  },
);

test('a record that could not be sent is sent by the repeat, with the stored answer', async () => {
  const before = await records();
  const body = transaction();
  const unsent: string[] = [];
  const down = environment(async ({ value }) => {
    unsent.push(value);
    throw new Error('no brokers');
  });
  await expect(down(body)).rejects.toThrow('no brokers');
  expect(await records()).toBe(before);

  const sent: string[] = [];
  const up = environment(async (record) => {
    sent.push(record.value);
    await sendToKafka(record);
  });
  const { body: answer } = await up(body);
  expect(sent).toEqual(unsent);
  expect(JSON.parse(sent[0] ?? '')).toMatchObject({ score: JSON.parse(answer).score });
  await up(body);
  expect({ records: await records(), history: await history() }).toEqual({ records: before + 1, history: 1 });
});

test('a record is deleted once it is sent, and its answer stays', async () => {
  const kept = (transactionId: string) =>
    query('select record from scored_requests where transaction_id = $1', [transactionId]);
  const body = transaction();
  const down = environment(async () => {
    throw new Error('no brokers');
  });
  await expect(down(body)).rejects.toThrow('no brokers');
  expect(await kept(body.transactionId)).toEqual([{ record: expect.stringContaining(accountId) }]);
  await environment()(body);
  expect(await kept(body.transactionId)).toEqual([{ record: null }]);
  await expect(environment()({ ...body, amount: 13 })).rejects.toMatchObject({ statusCode: 409 });
});

test('rows of the previous release, without a hash, still recognise repeats and other transactions', async () => {
  const body = transaction();
  const first = await environment()(body);
  await query(`update scored_requests set transaction_sha256 = null, record = $2 where transaction_id = $1`, [
    body.transactionId,
    JSON.stringify({ transaction: body, score: 0.5 }),
  ]);
  expect(await environment()(body)).toEqual(first);
  await expect(environment()({ ...body, amount: 13 })).rejects.toMatchObject({ statusCode: 409 });
});

test('when an environment dies while sending, the waiting request sends the record', async () => {
  const before = await records();
  const body = transaction();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: dead, resolve: die } = Promise.withResolvers<void>();
  const dying = environment(async () => {
    begin();
    await dead;
  })(body);
  const outcome = expect(dying).rejects.toThrow();
  await begun;
  const waiting = environment()(body);
  await endSessionsThatSend();
  expect(await waiting).toMatchObject({ status: 200 });
  die();
  await outcome;
  expect({ records: await records(), history: await history() }).toEqual({ records: before + 1, history: 1 });
});

test('a malformed request reaches neither table nor topic', async () => {
  const before = await records();
  const [{ count } = { count: '' }] = await query<{ count: string }>('select count(*) from scored_requests');
  await expect(environment()(transaction({ amount: 0 }))).rejects.toThrow('amount: found 0');
  const polluting = JSON.parse(JSON.stringify(transaction()).replace('{', '{"__proto__":{"amount":1},'));
  await expect(environment()(polluting)).rejects.toThrow('__proto__');
  expect(await records()).toBe(before);
  expect(await query('select count(*) from scored_requests')).toEqual([{ count }]);
});
