import type { Dimension } from '../../shared/metrics/segments.ts';
import type { Query } from '../../shared/postgres/database.ts';

/** The features of a segment in a span of time. */
export interface WindowSegment {
  readonly dimension: Dimension;
  readonly segment: string;
  /** Of each feature in the order of the reference: its bins, and then its missing values. */
  readonly counts: readonly number[];
}

/** Sums the features of each segment in the buckets that begin in a span, over all partitions. */
export const segmentsInWindow = (
  query: Query,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  modelVersion: string,
): Promise<WindowSegment[]> =>
  query<WindowSegment>(
    `with summed as (
       select dimension, segment, place, sum(count)::float8 as count
         from segment_features, unnest(counts) with ordinality as one(count, place)
        where window_start >= to_timestamp($1) and window_start < to_timestamp($2) and model_version = $3
        group by 1, 2, 3)
     select dimension, segment, array_agg(count order by place) as counts
       from summed group by 1, 2 order by 1, 2`,
    [fromMs / 1000, toMs / 1000, modelVersion],
  );
