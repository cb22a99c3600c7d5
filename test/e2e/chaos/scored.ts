import type { KafkaMessage } from 'kafkajs';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import {
  type ScoredTransaction,
  scoredTransactionFromWire,
} from '../../../lambdas/shared/wire/scored-transaction.ts';
import { stages } from '../../../lib/config.ts';

/** Expected results of monitor-transactions, as identities. A count is part of its identity. */
export interface Scored {
  readonly predictions: readonly string[];
  readonly counters: readonly string[];
  /** The number of transactions in each feature histogram. */
  readonly histograms: readonly string[];
}

const bucketMs = stages.local.drift.bucketSeconds * 1000;

/** A single-threaded reference: counts each transaction once. */
export function countAll(partitions: ReadonlyMap<number, readonly Pick<KafkaMessage, 'value'>[]>): Scored {
  const predictions = new Map<string, string>();
  const outcomes = new Map<string, number>();
  const histograms = new Map<string, number>();
  for (const [partition, records] of partitions)
    for (const { value } of records) {
      const scored = scoredTransactionFromWire(JSON.parse(String(value)));
      const { transactionId } = scored.transaction;
      if (predictions.has(transactionId)) continue;
      predictions.set(transactionId, predictionId(transactionId, outcomeOf(scored)));
      addOne(outcomes, `${counters.fraudTransactions.name} ${outcomeOf(scored)} ${partition}`);
      const start = new Date(Math.floor(scored.scoredAtMs / bucketMs) * bucketMs).toISOString().slice(0, 19);
      for (const feature of Object.keys(scored.features))
        addOne(histograms, `${scored.modelVersion} ${feature} ${start} ${partition}`);
    }
  return {
    predictions: [...predictions.values()],
    counters: withCounts(outcomes),
    histograms: withCounts(histograms),
  };
}

export const predictionId = (transactionId: string, outcome: string): string => `${transactionId} ${outcome}`;

const outcomeOf = ({ fraud }: ScoredTransaction) => (fraud ? 'fraud' : 'legitimate');

const addOne = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

const withCounts = (counts: ReadonlyMap<string, number>) =>
  [...counts].map(([name, count]) => `${name} ${count}`);
