import { expect, test } from '@jest/globals';
import { readMetricRows } from '../../../../../lambdas/fraud/show-metrics/metric-rows.ts';
import { renderMetrics } from '../../../../../lambdas/fraud/show-metrics/prometheus-text.ts';
import { gaugesTable } from '../../../../../lambdas/fraud/update-metrics/gauges-table.ts';
import { requestMetrics } from '../../../../../lambdas/shared/http/request-metrics.ts';
import { histograms } from '../../../../../lambdas/shared/metrics/metrics.ts';
import { testDatabase } from '../../test-database.ts';

const { connect, query } = testDatabase();
const log = { info: () => {}, error: () => {} };

const startedAtMs = Date.now() - 60_000;

const gauge = async (name: string) => {
  const { gauges } = await readMetricRows(query)();
  return gauges.filter((row) => row.name === name).map(({ value }) => value);
};
const sample = (id: string, name: string, value: number, observedAtMs: number) => ({
  id,
  name,
  labels: {},
  value,
  observedAtMs: startedAtMs + observedAtMs,
});

test('the newest sample of a gauge wins in any order, and each id has one effect', async () => {
  const set = gaugesTable(query);
  const name = 'fraud_model_recall';
  expect(await set([sample('b', name, 0.2, 2_000)])).toEqual({ taken: 1, changed: 1 });
  expect(await set([sample('a', name, 0.1, 1_000)])).toEqual({ taken: 1, changed: 0 });
  expect(await set([sample('b', name, 0.9, 9_000)])).toEqual({ taken: 0, changed: 0 });
  expect(await gauge(name)).toEqual([0.2]);
  expect(await set([sample('c', name, 0.3, 3_000), sample('d', name, 0.4, 4_000)])).toEqual({
    taken: 2,
    changed: 1,
  });
  expect(await gauge(name)).toEqual([0.4]);
});

test('a gauge without a sample for three hours is left out', async () => {
  const name = 'fraud_model_precision';
  await gaugesTable(query)([sample('old', name, 0.5, -3 * 3_600_000)]);
  expect(await gauge(name)).toEqual([]);
  await gaugesTable(query)([sample('new', name, 0.6, -2.9 * 3_600_000)]);
  expect(await gauge(name)).toEqual([0.6]);
});

test('concurrent samples, some of them repeated, leave the newest', async () => {
  const name = 'fraud_model_accuracy';
  const samples = Array.from({ length: 40 }, (_, at) =>
    sample(`at-${at % 20}`, name, (at % 20) / 20, 1_000 * (at % 20)),
  );
  const outcomes = await Promise.all(samples.map((each) => gaugesTable(connect().query)([each])));
  expect(outcomes.reduce((sum, { taken }) => sum + taken, 0)).toBe(20);
  expect(await gauge(name)).toEqual([0.95]);
});

test('requests of many environments are counted exactly, even through an outage of the database', async () => {
  const environments = Array.from({ length: 4 }, () => {
    const { query: own } = connect();
    let failures = 3;
    return requestMetrics({
      query: async (sql, values) => {
        // The first three requests of each environment find no database.
        if (failures-- > 0) throw new Error('no database');
        return own(sql, values);
      },
      log,
    });
  });
  const request = { route: '/predict', method: 'POST', status: 200 } as const;
  await Promise.all(
    environments.map(async (record) => {
      for (let at = 0; at < 25; at++) await record({ ...request, seconds: at / 1_000 });
    }),
  );
  const text = renderMetrics(await readMetricRows(query)());
  expect(text).toContain('http_requests_total{route="/predict",method="POST",status="200"} 100\n');
  const { name } = histograms.httpRequestDuration;
  expect(text).toContain(`${name}_bucket{route="/predict",method="POST",le="0.002"} 12\n`);
  expect(text).toContain(`${name}_count{route="/predict",method="POST"} 100\n`);
  expect(text).toContain(`${name}_bucket{route="/predict",method="POST",le="0.02"} 84\n`);
  expect(text).toMatch(/_sum\{route="\/predict",method="POST"\} 1\.(2|19999)/);
});

test('in an outage, pending counts take one row per series, whatever the number of requests', async () => {
  const given: unknown[][][] = [];
  const record = requestMetrics({
    query: async (_, values) => {
      given.push(values as unknown[][]);
      if (given.length <= 1_000) throw new Error('no database');
      return [];
    },
    log,
  });
  for (let at = 0; at <= 1_000; at++)
    await record({
      route: '/predict',
      method: 'POST',
      status: at % 2 === 0 ? 200 : 503,
      seconds: at / 1_000,
    });
  const last = given.at(-1) ?? [];
  expect(last[2]).toEqual([501, 500]);
  expect(last[6]?.reduce((sum: number, count) => sum + Number(count), 0)).toBe(1_001);
  expect(last[6]?.length).toBeLessThanOrEqual(histograms.httpRequestDuration.bounds.length + 1);
});
