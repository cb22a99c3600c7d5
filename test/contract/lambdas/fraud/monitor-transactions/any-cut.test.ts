import { beforeEach, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addCounts } from '../../../../../lambdas/fraud/monitor-transactions/counts-tables.ts';
import { monitorTransactions } from '../../../../../lambdas/fraud/monitor-transactions/monitor-transactions.ts';
import { insertNewPredictions } from '../../../../../lambdas/fraud/monitor-transactions/predictions-table.ts';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import type { Database } from '../../../../../lambdas/shared/postgres/database.ts';
import { runs } from '../../../../fixtures/runs.ts';
import { testDatabase } from '../../test-database.ts';
import {
  bucketMs,
  challenger,
  eventOf,
  type Message,
  type MonitoredOutcome,
  message,
  readOutcome,
  referenceOutcome,
  references,
} from './monitored-transactions.ts';

const { connect, query } = testDatabase();
const clear = () =>
  query(
    'truncate predictions, feature_histograms, segment_scores, segment_features, metric_counters, applied_offsets, applied_origins',
  );
beforeEach(clear);

const monitor = (database: Pick<Database, 'transaction'>, rejected: string[] = []) =>
  consume({
    name: 'monitor-transactions',
    epochs: {},
    database,
    log: { info() {}, error() {} },
    apply: (partitions, tx) =>
      monitorTransactions(partitions, bucketMs, {
        reject: async (rejections) => void rejected.push(...rejections.map(({ error }) => error.errorReason)),
        referenceOf: async (version) => references.get(version),
        insertNew: (predictions) => insertNewPredictions(tx, predictions),
        count: (counts) => addCounts(tx, counts),
        challenger: async () => challenger,
        now: Date.now,
      }),
  });

/** A batch may begin at earlier offsets, as after a lost commit, and may fail once before its commit. */
const cut = fc.record({ take: fc.integer({ min: 1, max: 40 }), again: fc.nat(12), fails: fc.boolean() });

async function deliver(
  database: Database,
  partitions: readonly (readonly Message[])[],
  cuts: readonly { take: number; again: number; fails: boolean }[],
) {
  const handle = monitor(database);
  const failing = monitor({
    transaction: (work) =>
      database.transaction(async (tx) => {
        await work(tx);
        throw new Error('the connection broke before the commit');
      }),
  });
  const next = partitions.map(() => 0);
  for (let turn = 0; next.some((offset, place) => offset < (partitions[place]?.length ?? 0)); turn++) {
    const partition = turn % partitions.length;
    const { take, again, fails } = cuts[turn % cuts.length] ?? { take: 10, again: 0, fails: false };
    const from = Math.max(0, (next[partition] ?? 0) - again);
    const messages = (partitions[partition] ?? []).slice(from, (next[partition] ?? 0) + take);
    if (messages.length === 0) continue;
    const event = eventOf(partition, from, messages);
    if (fails) await expect(failing(event)).rejects.toThrow('before the commit');
    await handle(event);
    next[partition] = from + messages.length;
  }
}

test('predictions, counters and histograms equal the reference, however records are batched and repeated', async () => {
  const database = connect();
  let doubled = 0;
  let counted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(message, { minLength: 10, maxLength: 80 }), { minLength: 1, maxLength: 3 }),
      fc.array(cut, { minLength: 1, maxLength: 8 }),
      async (partitions, cuts) => {
        await clear();
        await deliver(database, partitions, cuts);
        const expected = referenceOutcome(partitions);
        expect(await readOutcome(query)).toEqual(expected);
        doubled += partitions.flat().length - expected.transactions.length;
        counted += expected.transactions.length;
      },
    ),
    runs({ all: 12, few: 4 }),
  );
  // Guards against cases without repeats or without transactions.
  expect(Math.min(doubled, counted)).toBeGreaterThan(10);
});

test('concurrent functions on different partitions count each transaction once, without deadlock', async () => {
  const messages = fc.sample(message, { numRuns: 1_500, seed: 7 });
  const partitions = [0, 1, 2].map((partition) => messages.filter((_, place) => place % 3 !== partition));
  const outcomes: MonitoredOutcome[] = [];
  for (const run of [
    () => Promise.all(partitions.map(deliverWhole)),
    () => inTurn(partitions, deliverWhole),
  ]) {
    await clear();
    await run();
    outcomes.push(await readOutcome(query));
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(outcomes[0]).toEqual(referenceOutcome(partitions));
});

async function deliverWhole(messages: readonly Message[], partition: number) {
  const handle = monitor(connect());
  for (let from = 0; from < messages.length; from += 100)
    await handle(eventOf(partition, from, messages.slice(from, from + 100)));
}

async function inTurn<T>(items: readonly T[], work: (item: T, place: number) => Promise<void>) {
  for (const [place, item] of items.entries()) await work(item, place);
}

test('a record that is no scored transaction is rejected with its place and the reason, and the others are counted', async () => {
  const rejected: string[] = [];
  const [good] = fc.sample(message, { numRuns: 1, seed: 1 });
  if (!good) throw new Error('there is no message');
  const handle = monitor(connect(), rejected);
  await handle(eventOf(4, 7, ['no JSON', '{"score":1}', good]));
  expect(rejected).toEqual([
    'transactions, partition 4, offset 7: found no JSON, expected a JSON object',
    'transactions, partition 4, offset 8: transaction: found undefined, expected a JSON object',
  ]);
  expect((await readOutcome(query)).transactions).toHaveLength(typeof good === 'string' ? 0 : 1);
});

test('a batch takes six statements, including begin and commit', async () => {
  let statements = 2;
  const counting: Pick<Database, 'transaction'> = {
    transaction: (work) =>
      connect().transaction((tx) =>
        work((sql, values) => {
          statements++;
          return tx(sql, values);
        }),
      ),
  };
  const messages = fc.sample(message, { numRuns: 300, seed: 3 });
  const handle = monitor(counting);
  // The first event of a function names the generation of its topic.
  await handle(eventOf(1, 0, messages.slice(0, 1)));
  statements = 2;
  await handle(eventOf(0, 0, messages));
  expect(statements).toBe(6);
});
