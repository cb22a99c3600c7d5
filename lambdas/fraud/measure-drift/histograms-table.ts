import type { Query } from '../../shared/postgres/database.ts';
import type { Histogram } from '../shared/model-reference.ts';
import type { WindowCounts } from './measure-drift.ts';

/**
 * Sums the counts of the buckets that begin in a span, over all partitions. Counts only the model that scored
 * last in the span; if two scored in the last bucket, the one that scored more.
 */
export async function countsInWindow(
  query: Query,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<WindowCounts | undefined> {
  const rows = await query<{ model_version: string; feature: string; counts: number[]; missing: number }>(
    `with counted as (
       select * from feature_histograms
        where window_start >= to_timestamp($1) and window_start < to_timestamp($2)
     ), newest as (
       select model_version from counted
        where window_start = (select max(window_start) from counted)
        group by model_version
        order by sum(missing + (select sum(count) from unnest(counts) as count)) desc, model_version
        limit 1
     ), chosen as (
       select model_version, feature, counts, missing from counted join newest using (model_version)
     ), bins as (
       select feature, bin, sum(count)::float8 as count
         from chosen, unnest(counts) with ordinality as one(count, bin)
        group by feature, bin
     )
     select model_version, feature, counts, missing
       from (select feature, array_agg(count order by bin) as counts from bins group by feature) as summed
       join (select model_version, feature, sum(missing)::float8 as missing from chosen group by model_version, feature)
            as absent using (feature)`,
    [fromMs / 1000, toMs / 1000],
  );
  const [first] = rows;
  if (!first) return undefined;
  const features = new Map(
    rows.map(({ feature, counts, missing }): [string, Histogram] => [feature, { counts, missing }]),
  );
  const { counts, missing } = first;
  return {
    modelVersion: first.model_version,
    // Each transaction counts once for every feature, so any feature gives the number of transactions.
    transactions: counts.reduce((sum, count) => sum + count, missing),
    features,
  };
}

export async function deleteHistogramsBefore(query: Query, beforeMs: number): Promise<void> {
  for (const table of ['feature_histograms', 'segment_scores', 'segment_features'])
    await query(`delete from ${table} where window_start < to_timestamp($1)`, [beforeMs / 1000]);
}
