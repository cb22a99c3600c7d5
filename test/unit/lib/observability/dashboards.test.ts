import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { cloudWatchMetrics, prometheusName } from '../../../../lambdas/shared/metrics/cloudwatch-metrics.ts';
import { seriesNames } from '../../../../lambdas/shared/metrics/metrics.ts';
import { stages } from '../../../../lib/config.ts';
import { dashboards, panelsOf, withoutAwsOnly } from '../../../../lib/observability/dashboards.ts';
import { grafanaDashboard, grafanaJson } from '../../../../lib/observability/grafana.ts';
import { rulesFor } from '../../../../lib/observability/rules.ts';
import { createMetrics } from '../../../../localstack/kafka-poller/metrics.ts';
import { nodesOf } from '../../../fixtures/promql-parser.ts';

const root = join(import.meta.dirname, '../../../..');
const folder = join(root, 'localstack/grafana/dashboards');

const panels = dashboards.flatMap((dashboard) =>
  panelsOf(dashboard).map((panel) => ({ dashboard: dashboard.title, ...panel })),
);
const queries = panels.flatMap(({ dashboard, title, queries: each }) =>
  each.map(({ expr }) => ({ panel: `${dashboard}: ${title}`, expr })),
);

test.each(dashboards.map((dashboard) => ({ dashboard, title: dashboard.title })))(
  'the committed file of $title is what its panels say: npm run dashboards',
  ({ dashboard }) => {
    const file = join(folder, `${dashboard.uid}.json`);
    expect(readFileSync(file, 'utf8')).toBe(grafanaJson(withoutAwsOnly(dashboard)));
  },
);

test('the folder has no file of a dashboard that is gone', () => {
  expect(readdirSync(folder).sort()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
});

test.each(queries)('$panel: the query parses: $expr', ({ expr }) => {
  expect(nodesOf(expr, '⚠')).toEqual([]);
});

test('every query asks for series that somebody exports', async () => {
  const metrics = createMetrics();
  const poller = [...(await metrics.render()).matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
  const cloudWatch = Object.values(cloudWatchMetrics).map(prometheusName);
  const rules = rulesFor(stages.prod).flatMap(({ rules: each }) =>
    each.map((rule) => ('record' in rule ? rule.record : '')),
  );
  const known = new Set<string | undefined>(['up', ...seriesNames, ...poller, ...cloudWatch, ...rules]);
  const unknown = queries.flatMap(({ panel, expr }) =>
    nodesOf(expr, 'Identifier')
      .filter((name) => !known.has(name) && !jmxBean.test(name))
      .map((name) => `${panel}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

/** Names that the JMX agents give the beans of a broker. */
const jmxBean = /^kafka_(controller|server|network|log)_[A-Z]\w+$/;

test('every query is of one stage, so that several stages can share a Prometheus', () => {
  const selectors = queries.flatMap(({ panel, expr }) =>
    nodesOf(expr, 'VectorSelector').map((selector) => ({ panel, selector })),
  );
  expect(selectors.length).toBeGreaterThan(80);
  expect(selectors.filter(({ selector }) => !selector.includes('stage=~'))).toEqual([]);
});

test('the fraud dashboard begins with its six panels, under the titles that its users know', () => {
  const fraud = dashboards.find(({ uid }) => uid === 'isobar-fraud-model');
  const first = fraud?.rows[0]?.panels ?? [];
  expect(first.map(({ title, kind = 'line', unit, min, max }) => [title, kind, unit, min, max])).toEqual([
    ['Total HTTP Requests', 'line', 'short', undefined, undefined],
    ['Avg Request Duration', 'line', 'ms', undefined, undefined],
    ['Drift Score (PSI)', 'line', 'short', 0, 1],
    ['Fraud Detection Count', 'bars', 'short', undefined, undefined],
    ['Fraud Rate (1m)', 'line', 'percentunit', 0, undefined],
    ['Precision, Recall, Accuracy', 'line', 'percentunit', 0, 1],
  ]);
});

test('detections count flagged transactions only, and the fraud rate is a share of all', () => {
  const exprOf = (title: string) => panels.find((panel) => panel.title === title)?.queries[0]?.expr ?? '';
  expect(exprOf('Fraud Detection Count')).toContain('outcome="fraud"');
  expect(exprOf('Fraud Rate (1m)')).toMatch(
    /outcome="fraud"\}\[1m\]\)\) \/ sum\(rate\(fraud_transactions_total/,
  );
});

test('a panel of few series, and of none at first, says so instead of staying empty', () => {
  const quiet = /fraud_model_(precision|recall|feature|drift|labelled|info)|aws_glue|aws_athena/;
  const silent = panels.filter(
    ({ queries: each, noData }) => each.every(({ expr }) => quiet.test(expr)) && !noData,
  );
  expect(silent.map(({ title }) => title)).toEqual([]);
});

test('at most one panel in ten needs AWS, and none of these is in the local dashboards', () => {
  const onlyAws = panels.filter(({ awsOnly }) => awsOnly);
  expect(onlyAws.length).toBeGreaterThan(0);
  expect(onlyAws.length / panels.length).toBeLessThanOrEqual(0.1);
  const local = dashboards.map(withoutAwsOnly).flatMap(panelsOf);
  expect(local.length).toBe(panels.length - onlyAws.length);
});

test('a local panel asks for nothing that only AWS has', () => {
  const awsOnly = Object.values(cloudWatchMetrics)
    .filter((metric) => 'awsOnly' in metric)
    .map(prometheusName);
  const local = dashboards.map(withoutAwsOnly).flatMap(panelsOf);
  const asked = local.flatMap(({ queries: each }) => each.flatMap(({ expr }) => nodesOf(expr, 'Identifier')));
  expect(asked.filter((name) => awsOnly.includes(name))).toEqual([]);
});

test('Grafana finds the data source that the panels name', () => {
  const provisioned = readFileSync(
    join(root, 'localstack/grafana/provisioning/datasources/prometheus.yml'),
    'utf8',
  );
  const [, uid] = /uid: (\S+)/.exec(provisioned) ?? [];
  const named = new Set(
    [
      ...JSON.stringify(dashboards.map((each) => grafanaDashboard(each))).matchAll(
        /"uid":"(isobar-prom[^"]*)"/g,
      ),
    ].map(([, each]) => each),
  );
  expect([...named]).toEqual([uid]);
});

test('a panel names its chapter of the runbook, and links to it where the runbook has a URL', () => {
  const withRunbook = panels.filter(({ runbook }) => runbook !== undefined).length;
  const linksOf = (url?: string) =>
    dashboards
      .flatMap((each) => grafanaDashboard(each, url).panels ?? [])
      .flatMap((panel) => ('links' in panel ? (panel.links ?? []) : []));
  expect(linksOf()).toEqual([]);
  const links = linksOf('https://wiki.example/runbook');
  expect(links).toHaveLength(withRunbook);
  for (const { url } of links) expect(url).toMatch(/^https:\/\/wiki\.example\/runbook#[a-z-]+$/);
  const texts = JSON.stringify(dashboards.map((each) => grafanaDashboard(each)));
  expect(texts.match(/docs\/runbook\.md#/g)).toHaveLength(withRunbook);
});

test('titles are unique within a dashboard, and panels do not overlap', () => {
  for (const dashboard of dashboards) {
    const titles = panelsOf(dashboard).map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    const placed = (grafanaDashboard(dashboard).panels ?? []).map(({ gridPos }) => gridPos);
    const cells = placed.flatMap((at) =>
      Array.from({ length: (at?.w ?? 0) * (at?.h ?? 0) }, (_, cell) =>
        [(at?.x ?? 0) + (cell % (at?.w ?? 1)), (at?.y ?? 0) + Math.floor(cell / (at?.w ?? 1))].join(),
      ),
    );
    expect(new Set(cells).size).toBe(cells.length);
  }
});

test('every chapter that a panel links to is in the runbook', () => {
  const chapters = new Set(
    [...readFileSync(join(root, 'docs/runbook.md'), 'utf8').matchAll(/^## (.+)$/gm)].map(
      ([, title]) => title,
    ),
  );
  const linked = panels.flatMap(({ runbook }) => (runbook === undefined ? [] : [runbook]));
  expect(linked.filter((chapter) => !chapters.has(chapter))).toEqual([]);
});
