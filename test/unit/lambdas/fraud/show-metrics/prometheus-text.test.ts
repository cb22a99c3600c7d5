import { expect, test } from '@jest/globals';
import type { MetricRows } from '../../../../../lambdas/fraud/show-metrics/metric-rows.ts';
import { renderMetrics } from '../../../../../lambdas/fraud/show-metrics/prometheus-text.ts';
import { counters, gauges, histograms, readings } from '../../../../../lambdas/shared/metrics/metrics.ts';
import { parseOfficially } from '../../../../fixtures/official-prometheus-parser.ts';
import { parsePrometheusText } from './parse-prometheus-text.ts';

const nothing: MetricRows = { counters: [], gauges: [], histograms: [] };
const request = { route: '/predict', method: 'POST', status: '200' };
const duration = { route: '/predict', method: 'POST' };

const samplesOf = (rows: Partial<MetricRows>, name: string) =>
  parsePrometheusText(renderMetrics({ ...nothing, ...rows })).get(name)?.samples;

test('every metric has HELP and TYPE, even before anything is counted', () => {
  const families = parsePrometheusText(renderMetrics(nothing));
  const declared = [
    ...Object.values(counters).map(({ name, help }) => [name, 'counter', help]),
    ...Object.values({ ...gauges, ...readings }).map(({ name, help }) => [name, 'gauge', help]),
    ...Object.values(histograms).map(({ name, help }) => [name, 'histogram', help]),
  ];
  expect([...families].map(([name, { type, help }]) => [name, type, help])).toEqual(declared);
});

test('a counter starts at 0, so that its first increase is seen', () => {
  expect(samplesOf({}, 'fraud_transactions_total')).toEqual([
    { name: 'fraud_transactions_total', labels: { outcome: 'fraud' }, value: 0 },
    { name: 'fraud_transactions_total', labels: { outcome: 'legitimate' }, value: 0 },
  ]);
  expect(samplesOf({}, 'weather_anomalies_total')).toEqual([
    { name: 'weather_anomalies_total', labels: {}, value: 0 },
  ]);
  expect(samplesOf({}, 'workflow_runs_total')).toHaveLength(4);
  expect(samplesOf({}, 'http_requests_total')).toEqual([]);
});

test('a histogram with one label starts at 0 too', () => {
  const counts = samplesOf({}, 'workflow_run_duration_seconds')?.filter(({ name }) =>
    name.endsWith('_count'),
  );
  expect(counts?.map(({ labels, value }) => [labels.workflow, value])).toEqual([
    ['daily', 0],
    ['retraining', 0],
  ]);
});

test('rows of one series from several writers are summed exactly, above 2^53 too', () => {
  const text = renderMetrics({
    ...nothing,
    counters: ['0', '1'].map((shard) => ({
      name: 'http_requests_total',
      labels: { ...request, shard },
      value: '9007199254740993',
    })),
  });
  expect(text).toContain(
    'http_requests_total{route="/predict",method="POST",status="200"} 18014398509481986\n',
  );
});

test('a histogram is cumulative, ends in infinity, and keeps counts of older bounds', () => {
  const row = (le: number, count: string, sum: number, shard = '0') => ({
    name: 'http_request_duration_seconds',
    labels: { ...duration, shard },
    le,
    count,
    sum,
  });
  const samples = samplesOf(
    {
      histograms: [
        row(0.005, '3', 0.01),
        row(0.005, '1', 0.004, '1'),
        row(0.0333, '2', 0.06),
        row(Number.POSITIVE_INFINITY, '1', 30),
      ],
    },
    'http_request_duration_seconds',
  );
  const bucket = (le: string) =>
    samples?.find(({ name, labels }) => name.endsWith('_bucket') && labels.le === le)?.value;
  expect(['0.002', '0.005', '0.03', '0.0333', '10', '+Inf'].map(bucket)).toEqual([0, 4, 4, 6, 6, 7]);
  expect(samples?.filter(({ name }) => !name.endsWith('_bucket'))).toEqual([
    { name: 'http_request_duration_seconds_sum', labels: duration, value: 30.074 },
    { name: 'http_request_duration_seconds_count', labels: duration, value: 7 },
  ]);
});

test('gauges are rendered with their labels', () => {
  const labels = { feature: 'overall' };
  const name = 'fraud_model_feature_drift';
  expect(samplesOf({ gauges: [{ name, labels, value: 0.25 }] }, name)).toEqual([
    { name, labels, value: 0.25 },
  ]);
});

test('quotes, backslashes and line ends in labels are escaped', () => {
  const labels = { feature: 'a"b\\c\nd' };
  const name = 'fraud_model_feature_psi';
  const text = renderMetrics({ ...nothing, gauges: [{ name, labels, value: 1e21 }] });
  expect(text).toContain(`${name}{feature="a\\"b\\\\c\\nd"} 1e+21\n`);
  expect(parsePrometheusText(text).get(name)?.samples[0]?.labels).toEqual(labels);
});

test("Prometheus's own parser reads the same families and samples as ours", () => {
  const text = renderMetrics({
    counters: [
      { name: 'http_requests_total', labels: { ...request, shard: '0' }, value: '9007199254740993' },
      { name: 'fraud_transactions_total', labels: { outcome: 'fraud', partition: '3' }, value: '12' },
    ],
    gauges: [
      { name: 'fraud_model_feature_psi', labels: { feature: 'a"b\\c\nd' }, value: 1e21 },
      { name: 'fraud_model_feature_drift', labels: { feature: 'overall' }, value: 1e-9 },
      { name: 'fraud_model_recall', labels: { maturity: '7d' }, value: 0 },
    ],
    histograms: [0.005, Number.POSITIVE_INFINITY].map((le) => ({
      name: 'http_request_duration_seconds',
      labels: duration,
      le,
      count: '3',
      sum: 0.1 + 0.2,
    })),
  });
  const ours = [...parsePrometheusText(text)];
  const theirs = parseOfficially(text);
  expect(theirs.map(({ name, type, help }) => [name, type, help])).toEqual(
    ours.map(([name, { type, help }]) => [name.replace(/_total$/, ''), type, help]),
  );
  expect(theirs.flatMap(({ samples }) => samples)).toEqual(
    ours.flatMap(([, { samples }]) => samples.map(({ name, labels, value }) => [name, labels, value])),
  );
});
