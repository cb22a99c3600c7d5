import type { Query } from '../../shared/postgres/database.ts';
import type { WindowScores } from './score-figures.ts';

/** Scores are stored in millionths. */
const scale = '1e6::float8';

/** Sums the scores of a model in the buckets that begin in a span, over all partitions. */
export const scoresInWindow = (
  query: Query,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  modelVersion: string,
): Promise<WindowScores[]> =>
  query<WindowScores>(
    `with chosen as (
       select * from segment_scores
        where window_start >= to_timestamp($1) and window_start < to_timestamp($2) and model_version = $3
     ), bins as (
       select dimension, segment, bin, sum(count)::float8 as count
         from chosen, unnest(counts) with ordinality as one(count, bin)
        group by 1, 2, 3
     ), histograms as (
       select dimension, segment, array_agg(count order by bin) as counts from bins group by 1, 2
     )
     select dimension, segment, "newestMs", coalesce(counts, '{}') as counts, transactions, flagged, "scoreSum",
            "flaggedScoreSum"
       from (select dimension, segment,
                    extract(epoch from max(window_start))::float8 * 1000 as "newestMs",
                    sum(transactions)::float8 as transactions,
                    sum(flagged)::float8 as flagged,
                    sum(score_sum) / ${scale} as "scoreSum",
                    sum(flagged_score_sum) / ${scale} as "flaggedScoreSum"
               from chosen group by 1, 2) as summed
       left join histograms using (dimension, segment)
      order by 1, 2`,
    [fromMs / 1000, toMs / 1000, modelVersion],
  );
