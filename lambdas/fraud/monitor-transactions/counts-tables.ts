import { counters } from '../../shared/metrics/metrics.ts';
import { column } from '../../shared/postgres/column.ts';
import type { Query } from '../../shared/postgres/database.ts';
import type { Counts } from './monitor-transactions.ts';

/**
 * Adds to counters and histograms in one statement. The partition is part of their keys, so functions that
 * work on different partitions never wait for each other's rows.
 */
export async function addCounts(
  query: Query,
  { outcomes, features, scores, segments, shadows }: Counts,
): Promise<void> {
  await query(
    `with counted as (
       insert into metric_counters as c (name, labels, value)
       select $1::text, jsonb_build_object('outcome', outcome, 'partition', partition::text), sum(count)
         from unnest($2::text[], $3::int[], $4::bigint[]) as new(outcome, partition, count)
        group by outcome, partition
        union all
       select $11::text, jsonb_build_object('rule', rule, 'partition', partition::text), sum(count)
         from unnest($12::text[], $3::int[], $4::bigint[]) as new(rule, partition, count)
        where rule is not null
        group by rule, partition
        union all
       select $23::text, jsonb_build_object('outcome', outcome, 'partition', partition::text), sum(count)
         from unnest($24::text[], $25::int[], $26::bigint[]) as new(outcome, partition, count)
        group by outcome, partition
           on conflict (name, labels) do update set value = c.value + excluded.value), scored as (
       insert into segment_scores as s
              (model_version, dimension, segment, window_start, partition,
               counts, transactions, flagged, score_sum, flagged_score_sum)
       select model_version, dimension, segment, to_timestamp(start_s), partition,
              counts::bigint[], transactions, flagged, score_sum, flagged_score_sum
         from unnest($13::text[], $14::text[], $15::text[], $16::float8[], $17::int[],
                     $18::text[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])
              as new(model_version, dimension, segment, start_s, partition,
                     counts, transactions, flagged, score_sum, flagged_score_sum)
           on conflict (model_version, dimension, segment, window_start, partition) do update
          set counts = ${added('s.counts', 'excluded.counts')},
              transactions = s.transactions + excluded.transactions,
              flagged = s.flagged + excluded.flagged,
              score_sum = s.score_sum + excluded.score_sum,
              flagged_score_sum = s.flagged_score_sum + excluded.flagged_score_sum), of_segments as (
       insert into segment_features as f (model_version, dimension, segment, window_start, partition, counts)
       select model_version, dimension, segment, to_timestamp(start_s), partition, counts::bigint[]
         from unnest($27::text[], $28::text[], $29::text[], $30::float8[], $31::int[], $32::text[])
              as new(model_version, dimension, segment, start_s, partition, counts)
           on conflict (model_version, dimension, segment, window_start, partition) do update
          set counts = ${added('f.counts', 'excluded.counts')})
     insert into feature_histograms as h (model_version, feature, window_start, partition, counts, missing)
     select model_version, feature, to_timestamp(start_s), partition, counts::bigint[], missing
       from unnest($5::text[], $6::text[], $7::float8[], $8::int[], $9::text[], $10::bigint[])
            as new(model_version, feature, start_s, partition, counts, missing)
         on conflict (model_version, feature, window_start, partition) do update
        set counts = ${added('h.counts', 'excluded.counts')},
            missing = h.missing + excluded.missing`,
    [
      counters.fraudTransactions.name,
      column(outcomes, 'outcome'),
      column(outcomes, 'partition'),
      column(outcomes, 'count'),
      column(features, 'modelVersion'),
      column(features, 'feature'),
      features.map(({ startMs }) => startMs / 1000),
      column(features, 'partition'),
      // As text, because `unnest` flattens an array of arrays.
      features.map(({ counts }) => `{${counts}}`),
      column(features, 'missing'),
      counters.fraudRuleTransactions.name,
      column(outcomes, 'rule'),
      column(scores, 'modelVersion'),
      column(scores, 'dimension'),
      column(scores, 'segment'),
      scores.map(({ startMs }) => startMs / 1000),
      column(scores, 'partition'),
      scores.map(({ counts }) => `{${counts}}`),
      column(scores, 'transactions'),
      column(scores, 'flagged'),
      column(scores, 'scoreSum'),
      column(scores, 'flaggedScoreSum'),
      counters.fraudShadowTransactions.name,
      column(shadows, 'outcome'),
      column(shadows, 'partition'),
      column(shadows, 'count'),
      column(segments, 'modelVersion'),
      column(segments, 'dimension'),
      column(segments, 'segment'),
      segments.map(({ startMs }) => startMs / 1000),
      column(segments, 'partition'),
      segments.map(({ counts }) => `{${counts}}`),
    ],
  );
}

const added = (old: string, more: string) =>
  `coalesce((select array_agg(coalesce(old, 0) + coalesce(new, 0) order by bin)
               from unnest(${old}, ${more}) with ordinality as both_counts(old, new, bin)), '{}')`;
