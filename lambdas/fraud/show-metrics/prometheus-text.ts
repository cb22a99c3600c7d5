import {
  counters,
  gauges,
  type Histogram,
  histograms,
  type Metric,
  readings,
} from '../../shared/metrics/metrics.ts';
import type { HistogramRow, Labels, MetricRows } from './metric-rows.ts';

/**
 * Renders rows in the text format of Prometheus. Rows that differ only in labels that their metric does not
 * declare are one series: their sum.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function renderMetrics(rows: MetricRows): string {
  const lines = [
    ...Object.values(counters).flatMap((counter) => renderCounter(counter, rows)),
    ...[...Object.values(gauges), ...Object.values(readings)].flatMap((gauge) =>
      renderGauge(gauge, rows.gauges),
    ),
    ...Object.values(histograms).flatMap((histogram) => renderHistogram(histogram, rows)),
  ];
  return `${lines.join('\n')}\n`;
}

function renderCounter(counter: Metric, rows: MetricRows): string[] {
  const counted = bySeries(counter, rows.counters);
  const series = new Set([...initialSeries(counter).map(textOf), ...counted.keys()]);
  return [
    ...head(counter, 'counter'),
    ...[...series].map((labels) => {
      const values = counted.get(labels)?.map(({ value }) => value) ?? [];
      return `${counter.name}${labels} ${sumOf(values)}`;
    }),
  ];
}

/** The lines of a gauge, from those of the rows that are its own. */
export function renderGauge(
  gauge: Metric,
  rows: MetricRows['gauges'],
  type: 'gauge' | 'untyped' = 'gauge',
): string[] {
  const own = rows.filter(({ name }) => name === gauge.name);
  return [
    ...head(gauge, type),
    ...own.map(({ labels, value }) => `${gauge.name}${textOf(labels)} ${numberOf(value)}`),
  ];
}

function renderHistogram(histogram: Histogram, rows: MetricRows): string[] {
  const { name } = histogram;
  const counted = bySeries(histogram, rows.histograms);
  const labelsCounted = [...counted.values()].map(([row]) => ownLabels(histogram, row?.labels ?? {}));
  const all = new Map(
    [...initialSeries(histogram), ...labelsCounted].map((labels) => [textOf(labels), labels]),
  );
  return [
    ...head(histogram, 'histogram'),
    ...[...all].flatMap(([text, labels]) => {
      const series = counted.get(text) ?? [];
      const sum = series.reduce((total, row) => total + row.sum, 0);
      return [
        ...boundsOf(histogram, series).map((bound) => {
          const within = series.filter(({ le }) => le <= bound).map(({ count }) => count);
          return `${name}_bucket${textOf({ ...labels, le: numberOf(bound) })} ${sumOf(within)}`;
        }),
        `${name}_sum${textOf(labels)} ${numberOf(sum)}`,
        `${name}_count${textOf(labels)} ${sumOf(series.map(({ count }) => count))}`,
      ];
    }),
  ];
}

/**
 * The series that are shown as 0 before anything is counted, so that `rate()` sees their first increase. A
 * metric whose labels have more than a few combinations has none.
 */
function initialSeries({ labels = {} }: Metric): Labels[] {
  const all = Object.entries(labels).reduce<Labels[]>(
    (series, [label, values]) =>
      series.flatMap((known) => values.map((value) => ({ ...known, [label]: value }))),
    [{}],
  );
  return Object.keys(labels).length > 1 && all.length > 4 ? [] : all;
}

/** The declared bounds, and older ones that have counts: a cumulative bucket must never decrease. */
const boundsOf = ({ bounds }: Histogram, rows: readonly HistogramRow[]): number[] =>
  [...new Set([...bounds, ...rows.map(({ le }) => le), Number.POSITIVE_INFINITY])].sort((a, b) => a - b);

const head = ({ name, help }: Metric, type: string): string[] => [
  `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
  `# TYPE ${name} ${type}`,
];

function bySeries<Row extends { readonly name: string; readonly labels: Labels }>(
  metric: Metric,
  rows: readonly Row[],
): Map<string, Row[]> {
  const own = rows.filter(({ name }) => name === metric.name);
  return Map.groupBy(own, ({ labels }) => textOf(ownLabels(metric, labels)));
}

const ownLabels = ({ labels: known = {} }: Metric, labels: Labels): Labels =>
  Object.fromEntries(Object.keys(known).map((name) => [name, labels[name] ?? '']));

function textOf(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(',')}}` : '';
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Prometheus writes infinity as `+Inf` and `-Inf`. */
const numberOf = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';

/** Exact above 2^53 too. */
const sumOf = (counts: readonly string[]): string =>
  String(counts.reduce((sum, count) => sum + BigInt(count), 0n));
