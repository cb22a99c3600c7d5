import type { Query } from './database.ts';
import type { Histogram } from './metrics.ts';

export interface CounterDelta {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly by: number;
}

export interface HistogramDelta {
  readonly histogram: Histogram;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Rows are locked in one order, whoever adds to them. */
const add = `
  with counted as (
    insert into metric_counters (name, labels, value)
    select name, labels::jsonb, sum(by)
      from unnest($1::text[], $2::text[], $3::bigint[]) as given(name, labels, by)
     group by 1, 2
     order by 1, 2
        on conflict (name, labels) do update set value = metric_counters.value + excluded.value
  )
  insert into metric_histograms (name, labels, le, count, sum)
  select name, labels::jsonb, le, count(*), sum(value)
    from unnest($4::text[], $5::text[], $6::float8[], $7::float8[]) as given(name, labels, le, value)
   group by 1, 2, 3
   order by 1, 2, 3
      on conflict (name, labels, le) do update set count = metric_histograms.count + excluded.count,
                                                   sum = metric_histograms.sum + excluded.sum`;

/** Adds to the rows of counters and histograms, all or nothing. */
export async function addToMetrics(
  query: Query,
  deltas: { readonly counters: readonly CounterDelta[]; readonly histograms: readonly HistogramDelta[] },
): Promise<void> {
  const { counters, histograms } = deltas;
  await query(add, [
    counters.map(({ name }) => name),
    counters.map(({ labels }) => JSON.stringify(labels)),
    counters.map(({ by }) => by),
    histograms.map(({ histogram }) => histogram.name),
    histograms.map(({ labels }) => JSON.stringify(labels)),
    histograms.map(({ histogram, value }) => bucketOf(histogram, value)),
    histograms.map(({ value }) => value),
  ]);
}

/** The upper bound of the bucket that a value falls into. */
const bucketOf = ({ bounds }: Histogram, value: number): number =>
  bounds.find((bound) => value <= bound) ?? Number.POSITIVE_INFINITY;
