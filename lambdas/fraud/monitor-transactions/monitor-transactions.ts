import type { FreshRecords } from '../../shared/exactly-once/exactly-once.ts';
import { type DeadLetter, deadLetterOf } from '../../shared/failures/dead-letters.ts';
import { BadRecord } from '../../shared/failures/failures.ts';
import type { KafkaRecord } from '../../shared/kafka/kafka-event.ts';
import { type ScoredTransaction, scoredTransactionFromWire } from '../../shared/wire/scored-transaction.ts';
import type { ModelReference } from '../shared/model-reference.ts';
import {
  type FeatureCounts,
  featureCounts,
  type OutcomeCounts,
  outcomeCounts,
  type ScoreCounts,
  type SegmentFeatureCounts,
  type ShadowCounts,
  scoreCounts,
  segmentFeatureCounts,
  shadowCounts,
} from './counts.ts';
import type { Prediction } from './prediction.ts';
import { type Challenger, scoreInShadow } from './score-in-shadow.ts';

export interface Counts {
  readonly outcomes: readonly OutcomeCounts[];
  readonly features: readonly FeatureCounts[];
  readonly scores: readonly ScoreCounts[];
  readonly segments: readonly SegmentFeatureCounts[];
  readonly shadows: readonly ShadowCounts[];
}

export interface Ports {
  /** Sends records to `error-data`, and returns when all are acknowledged. */
  readonly reject: (rejections: readonly DeadLetter[]) => Promise<void>;
  /** The reference of a model; undefined when it is missing or broken. */
  readonly referenceOf: (modelVersion: string) => Promise<ModelReference | undefined>;
  /** Stores the predictions of transactions that have none yet, and returns the ids of these transactions. */
  readonly insertNew: (predictions: readonly Prediction[]) => Promise<ReadonlySet<string>>;
  /** Adds to the counters and the histograms. */
  readonly count: (counts: Counts) => Promise<void>;
  /** The model that scores in shadow; undefined when none does. Must not fail. */
  readonly challenger: () => Promise<Challenger | undefined>;
  readonly now: () => number;
}

/**
 * Stores each scored transaction once, and counts it and its features. The challenger scores it too.
 * Transactions are told apart by id: a second record of a transaction has no effect, in any batch and on any
 * partition.
 */
export async function monitorTransactions(
  partitions: readonly FreshRecords[],
  bucketMs: number,
  { reject, referenceOf, insertNew, count, challenger, now }: Ports,
) {
  const { predictions, rejected } = readPredictions(
    partitions.flatMap(({ records }) => records),
    now(),
  );
  if (rejected.length > 0) await reject(rejected);
  const distinct = scoreInShadow(firstPerTransaction(predictions), await challenger(), now);
  const references = await referencesOf(distinct, referenceOf);

  const fresh = distinct.length > 0 ? await insertNew(distinct) : new Set();
  const counted = distinct.filter(({ transaction }) => fresh.has(transaction.transactionId));
  if (counted.length > 0)
    await count({
      outcomes: outcomeCounts(counted),
      features: featureCounts(counted, references, bucketMs),
      scores: scoreCounts(counted, references, bucketMs),
      segments: segmentFeatureCounts(counted, references, bucketMs),
      shadows: shadowCounts(counted),
    });
  return {
    transactions: counted.length,
    duplicates: predictions.length - counted.length,
    rejected: rejected.length,
  };
}

function readPredictions(records: readonly KafkaRecord[], nowMs: number) {
  const predictions: Prediction[] = [];
  const rejected: DeadLetter[] = [];
  for (const record of records) {
    try {
      const { partition, offset } = record;
      predictions.push({ ...readScored(record), partition, offset });
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      rejected.push(deadLetterOf(record, error, nowMs));
    }
  }
  return { predictions, rejected };
}

function readScored({ text, value }: KafkaRecord): ScoredTransaction {
  if (text === null) throw new BadRecord('MALFORMED_MESSAGE', 'found no value, expected a JSON object');
  if (value === undefined) throw new BadRecord('MALFORMED_MESSAGE', 'found no JSON, expected a JSON object');
  return scoredTransactionFromWire(value);
}

function firstPerTransaction(predictions: readonly Prediction[]): Prediction[] {
  const byId = new Map<string, Prediction>();
  for (const prediction of predictions) {
    const { transactionId } = prediction.transaction;
    if (!byId.has(transactionId)) byId.set(transactionId, prediction);
  }
  return [...byId.values()];
}

async function referencesOf(
  predictions: readonly Prediction[],
  referenceOf: Ports['referenceOf'],
): Promise<ReadonlyMap<string, ModelReference>> {
  const references = new Map<string, ModelReference>();
  for (const version of new Set(predictions.map(({ modelVersion }) => modelVersion))) {
    const reference = await referenceOf(version);
    if (reference) references.set(version, reference);
  }
  return references;
}
