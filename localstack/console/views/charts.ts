import { dashboards, withoutAwsOnly } from '../../../lib/observability/dashboards.ts';
import type { Panel } from '../../../lib/observability/panel.ts';
import { howToGetPrometheus } from '../../setup/tools.mjs';
import type { ChartPanel, Charts } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

const spans = [5, 15, 60, 360, 1_440];
/** About one point for each 8 pixels of a panel. */
const points = 90;
/** Prometheus scrapes every 15 s at most: a rate needs two samples. */
const rateInterval = '1m';
/** A panel with more series is no picture. */
const maxSeries = 12;

/** The panels of one dashboard, with their values of the last minutes from Prometheus. */
export async function readCharts({ endpoints }: Sources, parameters: URLSearchParams): Promise<Charts> {
  const listed = dashboards.map(({ uid, title }) => ({ uid, title }));
  const uid = parameters.get('dashboard') || listed[0]?.uid;
  const chosen = dashboards.find((each) => each.uid === uid);
  if (!chosen)
    throw new Refused(
      400,
      `There is no dashboard "${uid}": use ${listed.map((each) => each.uid).join(', ')}.`,
    );
  const { description, rows } = withoutAwsOnly(chosen);
  const asked = Number(parameters.get('minutes'));
  const minutes = spans.includes(asked) ? asked : 15;
  if (endpoints.prometheusUrl === '')
    return {
      dashboards: listed,
      uid: chosen.uid,
      description,
      minutes,
      spans,
      missing: howToGetPrometheus,
      rows: [],
    };
  const toS = Math.floor(Date.now() / 1_000);
  const stepS = Math.max(5, Math.ceil((minutes * 60) / points));
  const range = { fromS: toS - points * stepS, toS, stepS };
  return {
    dashboards: listed,
    uid: chosen.uid,
    description,
    minutes,
    spans,
    missing: null,
    rows: await Promise.all(
      rows.map(async ({ title, panels }) => ({
        title,
        panels: await Promise.all(panels.map((panel) => readPanel(endpoints.prometheusUrl, panel, range))),
      })),
    ),
  };
}

interface Range {
  readonly fromS: number;
  readonly toS: number;
  readonly stepS: number;
}

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [seconds: number, value: string])[];
}

async function readPanel(url: string, panel: Panel, range: Range): Promise<ChartPanel> {
  const {
    title,
    description,
    unit,
    kind = 'line',
    queries,
    noData = 'No samples yet',
    runbook = null,
  } = panel;
  const answers = await Promise.all(queries.map(({ expr }) => queryRange(url, bound(expr), range)));
  const curves = answers.flatMap((series, place) =>
    series.map((each) => ({
      label: legendOf(queries[place]?.legend ?? '', each.metric),
      values: onGrid(each.values, range),
    })),
  );
  return {
    title,
    description,
    unit,
    kind,
    noData,
    runbook,
    atMs: gridOf(range).map((seconds) => seconds * 1_000),
    curves: curves.slice(0, maxSeries),
    left: Math.max(0, curves.length - maxSeries),
  };
}

async function queryRange(url: string, query: string, { fromS, toS, stepS }: Range): Promise<Series[]> {
  const address = new URL('api/v1/query_range', url.endsWith('/') ? url : `${url}/`);
  const body = new URLSearchParams({ query, start: String(fromS), end: String(toS), step: String(stepS) });
  const response = await fetch(address, { method: 'POST', body, signal: AbortSignal.timeout(10_000) });
  const answer = (await response.json()) as { data?: { result: Series[] }; error?: string };
  if (!answer.data) throw new Error(`Prometheus refused ${query}: ${answer.error ?? response.status}`);
  return answer.data.result;
}

/** Grafana's variables, with all their values. */
export const bound = (expr: string): string =>
  expr.replaceAll('$__rate_interval', rateInterval).replaceAll(/\$(stage|consumer|topic|maturity)/g, '.*');

export const legendOf = (legend: string, labels: Readonly<Record<string, string>>): string =>
  legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => labels[name] ?? '') || 'value';

const gridOf = ({ fromS, toS, stepS }: Range) =>
  Array.from({ length: Math.floor((toS - fromS) / stepS) + 1 }, (_, place) => fromS + place * stepS);

/** A value for each moment of the range; null where the series has none. */
export function onGrid(values: Series['values'], range: Range): (number | null)[] {
  const known = new Map(values.map(([seconds, value]) => [Math.round(seconds), Number(value)]));
  return gridOf(range).map((seconds) => {
    const value = known.get(seconds);
    return value === undefined || !Number.isFinite(value) ? null : value;
  });
}
