import { prepared, type Query } from '../postgres/database.ts';
import type { Histogram } from './metrics.ts';

interface CounterDelta {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: number;
}

/** The number of values that fell into a bucket, and their sum. */
export interface HistogramDelta {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly le: number;
  readonly count: number;
  readonly sum: number;
}

export interface MetricDeltas {
  readonly counters: readonly CounterDelta[];
  readonly histograms: readonly HistogramDelta[];
}

/** The delta of one value. */
export const observed = (
  { name, bounds }: Histogram,
  labels: HistogramDelta['labels'],
  value: number,
): HistogramDelta => ({
  name,
  labels,
  le: bounds.find((bound) => value <= bound) ?? Number.POSITIVE_INFINITY,
  count: 1,
  sum: value,
});

/**
 * The sum of two deltas, with one row per series and bucket: their number does not grow with the number of
 * requests.
 */
export const addedUp = (one: MetricDeltas, other: MetricDeltas): MetricDeltas => ({
  counters: folded([...one.counters, ...other.counters], (a, b) => ({ ...a, by: a.by + b.by })),
  histograms: folded([...one.histograms, ...other.histograms], (a, b) => ({
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
  })),
});

function folded<Delta extends { name: string; labels: object; le?: number }>(
  deltas: readonly Delta[],
  add: (one: Delta, other: Delta) => Delta,
): Delta[] {
  const series = Map.groupBy(deltas, ({ name, labels, le }) => JSON.stringify([name, labels, String(le)]));
  return [...series.values()].flatMap((each) => each.reduce(add));
}

/** Rows are locked in key order to avoid deadlocks. */
const add = prepared(`
  with counted as (
    insert into metric_counters (name, labels, value)
    select name, labels::jsonb, sum(by)
      from unnest($1::text[], $2::text[], $3::bigint[]) as given(name, labels, by)
     group by 1, 2
     order by 1, 2
        on conflict (name, labels) do update set value = metric_counters.value + excluded.value
  )
  insert into metric_histograms (name, labels, le, count, sum)
  select name, labels::jsonb, le, sum(count), sum(sum)
    from unnest($4::text[], $5::text[], $6::float8[], $7::bigint[], $8::float8[]) as given(name, labels, le, count, sum)
   group by 1, 2, 3
   order by 1, 2, 3
      on conflict (name, labels, le) do update set count = metric_histograms.count + excluded.count,
                                                   sum = metric_histograms.sum + excluded.sum`);

/** Adds to the rows of counters and histograms, in one statement. */
export async function addToMetrics(query: Query, { counters, histograms }: MetricDeltas): Promise<void> {
  await query(add, [
    counters.map(({ name }) => name),
    counters.map(({ labels }) => JSON.stringify(labels)),
    counters.map(({ by }) => by),
    histograms.map(({ name }) => name),
    histograms.map(({ labels }) => JSON.stringify(labels)),
    histograms.map(({ le }) => le),
    histograms.map(({ count }) => count),
    histograms.map(({ sum }) => sum),
  ]);
}
