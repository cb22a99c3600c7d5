import type { Rule } from '../../shared/metrics/fraud-rules.ts';
import { type Dimension, dimensions } from '../../shared/metrics/segments.ts';
import { type ShadowModel, type ShadowOutcome, shadowModels } from '../../shared/metrics/shadow.ts';
import { type Bins, binCount, binOf, type ModelReference, placesOf } from '../shared/model-reference.ts';
import type { Prediction } from './prediction.ts';

/** An amount that a batch adds to the counters of verdicts. */
export interface OutcomeCounts {
  readonly partition: number;
  readonly outcome: 'fraud' | 'legitimate';
  readonly rule: Rule | null;
  readonly count: number;
}

/** Counts that a batch adds to one histogram: of one feature, model, time bucket and partition. */
export interface FeatureCounts {
  readonly modelVersion: string;
  readonly feature: string;
  readonly startMs: number;
  readonly partition: number;
  /** In the order of the bins of the model's reference. */
  readonly counts: readonly number[];
  readonly missing: number;
}

/**
 * What scores are counted by. `champion` and `challenger` have the scores of both models for the transactions
 * that both scored, and `disagreement` those on which their verdicts differ; the segment of the three is the
 * version of the challenger.
 */
export type ScoreDimension = Dimension | 'all' | ShadowModel | 'disagreement';

/** Counts and sums that a batch adds to one segment: of one model, time bucket and partition. */
export interface ScoreCounts {
  readonly modelVersion: string;
  readonly dimension: ScoreDimension;
  readonly segment: string;
  readonly startMs: number;
  readonly partition: number;
  /** In the order of the bins of the reference's scores; empty when it has none. */
  readonly counts: readonly number[];
  readonly transactions: number;
  readonly flagged: number;
  /** Sums of scores in millionths. Whole numbers have the same sum in any order. */
  readonly scoreSum: number;
  readonly flaggedScoreSum: number;
}

/** Counts that a batch adds to the features of one segment: of one model, time bucket and partition. */
export interface SegmentFeatureCounts {
  readonly modelVersion: string;
  readonly dimension: Dimension;
  readonly segment: string;
  readonly startMs: number;
  readonly partition: number;
  /** Of each feature in the order of the reference: its bins, and then its missing values. */
  readonly counts: readonly number[];
}

/** An amount that a batch adds to the counter of transactions in shadow. */
export interface ShadowCounts {
  readonly partition: number;
  readonly outcome: ShadowOutcome;
  readonly count: number;
}

export function outcomeCounts(predictions: readonly Prediction[]): OutcomeCounts[] {
  const groups = Map.groupBy(predictions, ({ partition, fraud, rule }) => `${partition} ${fraud} ${rule}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { partition, fraud, rule } = first;
    return { partition, outcome: fraud ? 'fraud' : 'legitimate', rule, count: group.length } as const;
  });
}

export function shadowCounts(predictions: readonly Prediction[]): ShadowCounts[] {
  const shadowed = predictions.flatMap(({ partition, shadow }) =>
    shadow ? [{ partition, outcome: shadow.outcome }] : [],
  );
  const groups = Map.groupBy(shadowed, ({ partition, outcome }) => `${partition} ${outcome}`);
  return [...groups.values()].flatMap((group) => (group[0] ? { ...group[0], count: group.length } : []));
}

/**
 * Counts features in buckets of the time of scoring. That time is in the record, so it is the same on every
 * delivery. Unlike the transaction's own time, no caller can set it.
 */
export function featureCounts(
  predictions: readonly Prediction[],
  references: ReadonlyMap<string, ModelReference>,
  bucketMs: number,
): FeatureCounts[] {
  return bucketsOf(predictions, references, bucketMs).flatMap(({ group, reference, ...bucket }) =>
    [...reference.features].map(([feature, { bins }]) => {
      const counts = new Array<number>(binCount(bins)).fill(0);
      let missing = 0;
      for (const { features } of group) {
        const bin = binOf(bins, features[feature]);
        if (bin === undefined) missing++;
        else counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return { ...bucket, feature, counts, missing };
    }),
  );
}

/** Counts scores like features: of all predictions, of each segment, and of those in shadow. */
export function scoreCounts(
  predictions: readonly Prediction[],
  references: ReadonlyMap<string, ModelReference>,
  bucketMs: number,
): ScoreCounts[] {
  return bucketsOf(predictions, references, bucketMs).flatMap(({ group, reference, ...bucket }) => {
    const segments: Members[] = [
      { dimension: 'all', segment: 'all', members: group },
      ...membersInShadow(group),
      ...dimensions.flatMap((dimension) =>
        [...Map.groupBy(group, ({ transaction }) => segmentOf[dimension](transaction))].map(
          ([segment, members]) => ({ dimension, segment, members }),
        ),
      ),
    ];
    return segments.map(({ members, ...of }) => ({
      ...bucket,
      ...of,
      ...summed(members, reference.score?.bins),
    }));
  });
}

/**
 * Buckets of segments are this much longer than those of all transactions, since there are 30 times as many.
 */
const segmentBuckets = 6;

/** Counts the features of each segment, for models whose reference has them. */
export function segmentFeatureCounts(
  predictions: readonly Prediction[],
  references: ReadonlyMap<string, ModelReference>,
  bucketMs: number,
): SegmentFeatureCounts[] {
  const buckets = bucketsOf(predictions, references, bucketMs * segmentBuckets);
  return buckets.flatMap(({ group, reference, ...bucket }) => {
    if (!reference.segmentFeatures) return [];
    const { size, places } = placesOf(reference);
    const rows = new Map<string, SegmentFeatureCounts & { readonly counts: number[] }>();
    for (const { transaction, features } of group) {
      const at = places.map(
        ({ feature, bins, start }) => start + (binOf(bins, features[feature]) ?? binCount(bins)),
      );
      for (const dimension of dimensions) {
        const segment = segmentOf[dimension](transaction);
        const key = `${dimension} ${segment}`;
        const row = rows.get(key) ?? {
          ...bucket,
          dimension,
          segment,
          counts: new Array<number>(size).fill(0),
        };
        rows.set(key, row);
        for (const place of at) row.counts[place] = (row.counts[place] ?? 0) + 1;
      }
    }
    return [...rows.values()];
  });
}

const segmentOf = {
  country: ({ country }) => country,
  channel: ({ channel }) => channel,
  merchant_category: ({ merchantCategory }) => merchantCategory,
} as const satisfies Record<Dimension, (transaction: Prediction['transaction']) => string>;

interface Members {
  readonly dimension: ScoreDimension;
  readonly segment: string;
  readonly members: readonly Pick<Prediction, 'score' | 'fraud'>[];
}

function membersInShadow(group: readonly Prediction[]): Members[] {
  const both = group.flatMap(({ score, fraud, shadow }) =>
    shadow?.verdict
      ? [{ version: shadow.version, champion: { score, fraud }, challenger: shadow.verdict }]
      : [],
  );
  return [...Map.groupBy(both, ({ version }) => version)].flatMap(([segment, pairs]) => {
    const apart = pairs.filter(({ champion, challenger }) => champion.fraud !== challenger.fraud);
    return [
      ...shadowModels.map((model) => ({
        dimension: model,
        segment,
        members: pairs.map((each) => each[model]),
      })),
      ...(apart.length > 0
        ? [{ dimension: 'disagreement', segment, members: apart.map(({ champion }) => champion) } as const]
        : []),
    ];
  });
}

function summed(members: Members['members'], bins: Bins | undefined) {
  const counts = new Array<number>(bins ? binCount(bins) : 0).fill(0);
  let [flagged, scoreSum, flaggedScoreSum] = [0, 0, 0];
  for (const { score, fraud } of members) {
    const bin = bins && binOf(bins, score);
    if (bin !== undefined) counts[bin] = (counts[bin] ?? 0) + 1;
    const millionths = Math.round(score * 1e6);
    scoreSum += millionths;
    flagged += Number(fraud);
    flaggedScoreSum += fraud ? millionths : 0;
  }
  return { counts, transactions: members.length, flagged, scoreSum, flaggedScoreSum };
}

/** The predictions of each model, partition and time bucket, without those of a model without a reference. */
function bucketsOf(
  predictions: readonly Prediction[],
  references: ReadonlyMap<string, ModelReference>,
  bucketMs: number,
) {
  const startOf = ({ scoredAtMs }: Prediction) => Math.floor(scoredAtMs / bucketMs) * bucketMs;
  const groups = Map.groupBy(
    predictions,
    (prediction) => `${prediction.modelVersion} ${prediction.partition} ${startOf(prediction)}`,
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const reference = first && references.get(first.modelVersion);
    if (!reference) return [];
    const { modelVersion, partition } = first;
    return [{ group, reference, modelVersion, partition, startMs: startOf(first) }];
  });
}
