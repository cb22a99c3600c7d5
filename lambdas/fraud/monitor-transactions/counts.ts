import type { Rule } from '../../shared/metrics/fraud-rules.ts';
import { binCount, binOf, type ModelReference } from '../shared/model-reference.ts';
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

export function outcomeCounts(predictions: readonly Prediction[]): OutcomeCounts[] {
  const groups = Map.groupBy(predictions, ({ partition, fraud, rule }) => `${partition} ${fraud} ${rule}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { partition, fraud, rule } = first;
    return { partition, outcome: fraud ? 'fraud' : 'legitimate', rule, count: group.length } as const;
  });
}

/**
 * Counts features in buckets of the time of scoring. That time is in the record, so it is the same on every
 * delivery. Unlike the transaction's own time, no caller can set it. Predictions of a model without a
 * reference are left out.
 */
export function featureCounts(
  predictions: readonly Prediction[],
  references: ReadonlyMap<string, ModelReference>,
  bucketMs: number,
): FeatureCounts[] {
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
    return [...reference.features].map(([feature, { bins }]) => {
      const counts = new Array<number>(binCount(bins)).fill(0);
      let missing = 0;
      for (const { features } of group) {
        const bin = binOf(bins, features[feature]);
        if (bin === undefined) missing++;
        else counts[bin] = (counts[bin] ?? 0) + 1;
      }
      return { modelVersion, feature, startMs: startOf(first), partition, counts, missing };
    });
  });
}
