import type { Query } from '../../shared/postgres/database.ts';

export type Labels = Readonly<Record<string, string>>;

interface Row {
  readonly name: string;
  readonly labels: Labels;
}

/** Counts are as Postgres writes them, since they may be past what a number holds. */
type CounterRow = Row & { readonly value: string };
type GaugeRow = Row & { readonly value: number };
export type HistogramRow = Row & { readonly le: number; readonly count: string; readonly sum: number };

export interface MetricRows {
  readonly counters: readonly CounterRow[];
  readonly gauges: readonly GaugeRow[];
  readonly histograms: readonly HistogramRow[];
}

/**
 * What has not been observed for so long is shown no more, since a sample has no age: figures of drift come every few minutes, those of labels
 * every hour, and a series that none of them has any more would stay as it was for ever.
 */
const staleAfter = "interval '3 hours'";

/** All rows of all metrics. */
export const readMetricRows = (query: Query) => async (): Promise<MetricRows> => ({
  counters: await query('select name, labels, value::text as value from metric_counters order by 1, 2'),
  gauges: await query(
    `select name, labels, value from metric_gauges where observed_at > now() - ${staleAfter} order by 1, 2`,
  ),
  histograms: await query(
    'select name, labels, le, count::text as count, sum from metric_histograms order by 1, 2, 3',
  ),
});
