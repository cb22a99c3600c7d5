// Measures the statements of a batch in monitor-transactions at a rate, without Kafka and Lambda. See
// README.md.

import { parseArgs } from 'node:util';
import { addCounts } from '../lambdas/fraud/monitor-transactions/counts-tables.ts';
import {
  type Counts,
  monitorTransactions,
} from '../lambdas/fraud/monitor-transactions/monitor-transactions.ts';
import { insertNewPredictions } from '../lambdas/fraud/monitor-transactions/predictions-table.ts';
import shippedReference from '../lambdas/fraud/score-transaction/shipped-model/reference.json' with {
  type: 'json',
};
import { shippedScorer } from '../lambdas/fraud/score-transaction/shipped-model.ts';
import { modelReferenceFrom } from '../lambdas/fraud/shared/model-reference.ts';
import type { FreshRecords } from '../lambdas/shared/exactly-once/exactly-once.ts';
import { topics } from '../lambdas/shared/kafka/topics.ts';
import { dimensions } from '../lambdas/shared/metrics/segments.ts';
import type { Database, Query } from '../lambdas/shared/postgres/database.ts';
import { encodeScoredTransaction } from '../lambdas/shared/wire/scored-transaction.ts';
import { stages } from '../lib/config.ts';
import { transactionsWithHistories } from '../localstack/generator/account-histories.ts';
import { trainingRows } from '../localstack/generator/training-rows.ts';
import { cpuMsOf, withPostgres } from './own-postgres.ts';
import { mean, quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    rates: { type: 'string', default: '20,100,500' },
    'without-segments': { type: 'boolean', default: false },
  },
});
const seconds = Number(options.seconds);
const rates = options.rates.split(',').map(Number);
const { name: topic, partitions } = topics.transactions;
const bucketMs = stages.prod.drift.bucketSeconds * 1_000;
const startMs = Date.UTC(2026, 0, 1);
const scorer = shippedScorer();
const challenger = { version: 'challenger', scorer, report: () => undefined };
const reference = modelReferenceFrom(shippedReference);

/** Each stream has ids of its own. */
let streams = 0;

/** The values of the records of so many transactions, scored at an even pace. */
function valuesAt(rate: number, seed: number): unknown[] {
  const stream = { seed, startMs, accounts: 1_000, perDay: 8_000, fraudShare: 0.03 };
  const { histories, known } = transactionsWithHistories(stream, 1);
  const all = known.take(rate * seconds).toArray();
  return trainingRows(all, histories)
    .map(({ features }, at) => {
      const score = scorer.score(features);
      const { transaction } = all[at] as (typeof all)[number];
      const verdict = { score, fraud: score >= scorer.threshold, rule: null, modelVersion: scorer.version };
      const scoredAtMs = startMs + (at * 1_000) / rate;
      return JSON.parse(encodeScoredTransaction({ transaction, features, ...verdict, scoredAtMs }));
    })
    .toArray();
}

/** For the share of the costs that segments have. */
const withoutSegments = (counts: Counts): Counts => ({
  ...counts,
  segments: [],
  scores: counts.scores.filter(({ dimension }) => !dimensions.some((each) => each === dimension)),
});

/** A second of records, in each partition as many. */
const batchOf = (values: readonly unknown[]): FreshRecords[] =>
  Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    records: values
      .filter((_, at) => at % partitions === partition)
      .map((value, offset) => ({
        ...{ topic, partition, offset, value, text: '', key: null, headers: {} },
        timestampMs: startMs,
      })),
  }));

/** @param functions how many functions share the partitions, each with a transaction of its own */
async function measure(database: Database, rate: number, functions: number) {
  const values = valuesAt(rate, ++streams);
  const [session] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  const cpuBeforeMs = cpuMsOf(session?.pid ?? 0);
  const wal = async () =>
    Number((await database.query<{ at: string }>("select pg_current_wal_lsn() - '0/0' as at"))[0]?.at);
  const walBefore = await wal();
  const ms: Record<'insert' | 'count', number[]> = { insert: [], count: [] };
  const timed = async <T>(step: 'insert' | 'count', work: () => Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      ms[step].push(performance.now() - startedAt);
    }
  };
  const rows: number[] = [];
  const apply = (query: Query, batch: readonly FreshRecords[]) =>
    monitorTransactions(batch, bucketMs, {
      reject: async () => undefined,
      referenceOf: async () => reference,
      insertNew: (predictions) => timed('insert', () => insertNewPredictions(query, predictions)),
      count: (all) => {
        const counts = options['without-segments'] ? withoutSegments(all) : all;
        rows.push(counts.features.length + counts.scores.length + counts.segments.length);
        return timed('count', () => addCounts(query, counts));
      },
      challenger: async () => challenger,
      now: Date.now,
    });
  for (let second = 0; second < seconds; second++) {
    const batch = batchOf(values.slice(second * rate, (second + 1) * rate));
    const each = Math.ceil(batch.length / functions);
    for (let from = 0; from < batch.length; from += each)
      await database.transaction((query) => apply(query, batch.slice(from, from + each)));
  }
  const perSecond = (total: number) => total / seconds;
  const sum = (all: readonly number[]) => all.reduce((total, one) => total + one, 0);
  return {
    rows: mean(rows),
    insertMs: perSecond(sum(ms.insert)),
    countMs: perSecond(sum(ms.count)),
    slowestMs: quantile(ms.count, 0.99),
    cpuMs: perSecond(cpuMsOf(session?.pid ?? 0) - cpuBeforeMs),
    walKb: perSecond((await wal()) - walBefore) / 1024,
  };
}

await withPostgres(async (database) => {
  console.log(`${seconds} s of each rate, a batch a second; ms and kB of a second of traffic`);
  await measure(database, 20, 1);
  for (const rate of rates)
    for (const functions of [1, partitions]) {
      const { rows, insertMs, countMs, slowestMs, cpuMs, walKb } = await measure(database, rate, functions);
      console.log(
        `${rate} transactions/s, ${functions} functions: ${rows.toFixed(0)} rows of counts in a batch, ` +
          `predictions ${insertMs.toFixed(0)} ms, counts ${countMs.toFixed(0)} ms (p99 of a batch ${slowestMs.toFixed(0)} ms), ` +
          `CPU of Postgres ${cpuMs.toFixed(0)} ms, WAL ${walKb.toFixed(0)} kB`,
      );
    }
});
