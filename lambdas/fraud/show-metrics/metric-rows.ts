import type { Query } from '../../shared/postgres/database.ts';
import { readPipelines } from './pipeline-readings.ts';

export type Labels = Readonly<Record<string, string>>;

interface Row {
  readonly name: string;
  readonly labels: Labels;
}

/** Counts are texts, since they may be larger than a number can hold exactly. */
type CounterRow = Row & { readonly value: string };
type GaugeRow = Row & { readonly value: number };
export type HistogramRow = Row & { readonly le: number; readonly count: string; readonly sum: number };

export interface MetricRows {
  readonly counters: readonly CounterRow[];
  readonly gauges: readonly GaugeRow[];
  readonly histograms: readonly HistogramRow[];
}

/**
 * Gauges without a new sample for this long are left out, and `metric_observed_timestamp_seconds` tells since
 * when. Drift is measured every few minutes, and labels are evaluated every hour: an older gauge is no longer
 * set.
 */
const staleAfter = "interval '3 hours'";

/** Returns a function that reads all metrics. */
export const readMetricRows = (query: Query) => async (): Promise<MetricRows> => ({
  counters: await query('select name, labels, value::text as value from metric_counters order by 1, 2'),
  gauges: [
    ...(await query<GaugeRow>(
      `select name, labels, value from metric_gauges where observed_at > now() - ${staleAfter} order by 1, 2`,
    )),
    ...(await readPipelines(query)),
  ],
  histograms: await query(
    'select name, labels, le, count::text as count, sum from metric_histograms order by 1, 2, 3',
  ),
});
