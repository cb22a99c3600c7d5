import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AthenaClient, StartQueryExecutionCommand } from '@aws-sdk/client-athena';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pointerTo } from '../../lambdas/fraud/shared/model-version.ts';
import { dashboards, panelsOf, withoutAwsOnly } from '../../lib/observability/dashboards.ts';
import { predictOver, sendTransactions } from '../../localstack/generator/send-transactions.ts';
import { transactions, truthHeader, truthLine } from '../../localstack/generator/transactions.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { openWorkflow } from '../../localstack/run/workflow.ts';
import { projectRoot } from '../../localstack/setup/tools.mjs';
import { waitFor } from '../../localstack/wait-for.ts';
import { openPrometheus } from '../fixtures/prometheus.ts';
import { promtool } from '../fixtures/promtool.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

/** Scrapes are 15 s apart, and rates need two of them. */
const seen = { deadlineMs: 180_000, everyMs: 2_000 };
const timeoutMs = 600_000;

let platform: ReturnType<typeof openDeployedPlatform>;
let prometheus: ReturnType<typeof openPrometheus>;
beforeAll(() => {
  platform = openDeployedPlatform();
  prometheus = openPrometheus(platform.endpoints.prometheusUrl);
});
afterAll(() => platform.close());

const queries = dashboards
  .map(withoutAwsOnly)
  .flatMap((dashboard) =>
    panelsOf(dashboard).flatMap((panel) =>
      panel.queries.map(({ expr }) => ({ place: `${dashboard.title}: ${panel.title}`, expr })),
    ),
  );

/** The queries that have no series now. An expression that Prometheus refuses is an error. */
async function silent(): Promise<string[]> {
  const answers = await Promise.all(
    queries.map(async ({ place, expr }) => ({ place, expr, series: await prometheus.series(expr) })),
  );
  return answers.flatMap(({ place, expr, series }) => (series === 0 ? [`${place}: ${expr}`] : []));
}

async function atMostSilent(most: number): Promise<true> {
  const without = await silent();
  if (without.length > most) throw new Error(`without series:\n${without.join('\n')}`);
  return true;
}

test(
  'Prometheus reads the API, the poller and all brokers, and has the rules',
  async () => {
    const expected = [
      'isobar-api',
      ...['isobar-brokers', 'isobar-brokers', 'isobar-brokers'],
      'isobar-cloudwatch',
      'isobar-poller',
    ];
    // Those of the API are added after the deploy.
    const up = async () => {
      const targets = await prometheus.targets();
      const areAll = targets.length >= expected.length;
      return areAll && targets.every(({ health }) => health === 'up') && targets;
    };
    const targets = await waitFor('all targets to be up', up, seen);
    expect(targets.map(({ labels }) => labels.job).sort()).toEqual(expected);
    for (const { labels } of targets) expect(labels.stage).toBe('local');
    expect(await prometheus.ruleNames()).toContain('ConsumerLag');
  },
  timeoutMs,
);

test('promtool has one complaint about the brokers: the letter case of the names, which MSK has fixed', async () => {
  const targets = await prometheus.targets();
  const complaintsOf = async (job: string) => {
    const urls = targets.filter(({ labels }) => labels.job === job).map(({ scrapeUrl }) => scrapeUrl);
    const pages = await Promise.all(urls.map(async (url) => (await fetch(url)).text()));
    return pages.map((page) => promtool(['check', 'metrics'], page).output.split('\n').filter(Boolean));
  };
  const brokers = await complaintsOf('isobar-brokers');
  expect(brokers).toHaveLength(3);
  for (const line of brokers.flat())
    expect(line).toMatch(/^kafka_\w+ metric names should be written in 'snake_case' not 'camelCase'$/);
  expect(await complaintsOf('isobar-poller')).toEqual([[]]);
});

test(
  'every query of every dashboard has series after the sample and a short flow of transactions and labels',
  async () => {
    await dropDay();
    const letGo = await platform.holdFraudModels();
    try {
      await nameChallenger();
      await scoreAndLabel();
      // Before any workflow has run.
      await waitFor('seven in eight queries to have series', () => atMostSilent(queries.length / 8), seen);
      await run('evaluation', {});
    } finally {
      await letGo();
    }
    await run('daily', { day });
    await queryTheLake();
    await waitFor('every query to have series', () => atMostSilent(0), seen);
  },
  timeoutMs,
);

const day = '2021-03-05';

const shipped = path.join(projectRoot, 'lambdas/fraud/score-transaction/shipped-model/model.json');

/** A copy of the shipped model that flags a little more. The monitor looks for one every 20 seconds. */
async function nameChallenger(): Promise<void> {
  const model = {
    ...JSON.parse(readFileSync(shipped, 'utf8')),
    version: 'dashboards-challenger',
    threshold: 0.1,
  };
  await platform.put(`models/fraud/${model.version}/model.json`, JSON.stringify(model));
  await platform.put('models/fraud/challenger', pointerTo(model.version));
  const compared = async () => {
    await score(1);
    return (
      await platform.rows('select from predictions where challenger_version = $1 limit 1', [model.version])
    )[0];
  };
  await waitFor('the challenger to be compared', compared, { deadlineMs: 120_000, everyMs: 1_000 });
}

/** A file of rows of one day, one of which is invalid, and waits until the rows have landed. */
async function dropDay(): Promise<void> {
  const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';
  const rows = Array.from(
    { length: 48 },
    (_, at) =>
      `Dashboard City,${day} ${String(at >> 1).padStart(2, '0')}:${at % 2 ? '30' : '00'}:00,${at},50,0,5`,
  );
  const file = [header, ...rows, `Dashboard City,${day} 12:00:01,hot,50,0,5`, ''].join('\n');
  await platform.ingested(await platform.dropFile('dashboards/day.csv', file));
  const landed = async () => {
    const [{ rows: count } = { rows: 0 }] = await platform.rows<{ rows: number }>(
      'select sum(rows)::int as rows from landed_days where event_date = $1',
      [day],
    );
    return count === rows.length;
  };
  await waitFor('the rows of the day to land', landed, { deadlineMs: 60_000, everyMs: 500 });
}

/** Sends new transactions, and returns the truth about those that the API has accepted. */
async function score(count: number): Promise<string[]> {
  const { endpoints } = platform;
  const predict = predictOver({ url: endpoints.apiUrl, token: await readApiToken(endpoints, 'predict') });
  const stream = { seed: Date.now(), startMs: Date.now(), accounts: 150, perDay: 100_000, fraudShare: 0.2 };
  const lines: string[] = [];
  await sendTransactions({
    known: transactions(stream).take(count),
    predict,
    rate: 25,
    seconds: 120,
    onAccepted: (known) => void lines.push(truthLine(known)),
    onProgress: () => undefined,
    signal: AbortSignal.timeout(timeoutMs),
  });
  return lines;
}

/** Enough transactions for the drift to be measured, and the truth about them. */
async function scoreAndLabel(): Promise<void> {
  const lines = await score(400);
  expect(lines.length).toBeGreaterThan(300);
  await platform.dropLabels(`dashboards-${Date.now()}.csv`, [truthHeader, ...lines, ''].join('\n'));
  await waitFor(
    'the labels to be stored',
    async () => (await platform.rows('select from labels limit 1')).length > 0,
    { deadlineMs: 60_000 },
  );
}

async function run(name: string, input: object): Promise<void> {
  const workflow = openWorkflow(platform.endpoints, name);
  try {
    const execution = await workflow.start(input);
    const ended = async () => (await workflow.progress(execution)).endedAtMs !== undefined;
    await waitFor(`${name} to end`, ended, { deadlineMs: 300_000, everyMs: 500 });
  } finally {
    workflow.close();
  }
}

async function queryTheLake(): Promise<void> {
  const { awsEndpointUrl, region } = platform.endpoints;
  const athena = new AthenaClient(localAccount({ awsEndpointUrl, region }));
  try {
    await athena.send(new StartQueryExecutionCommand({ QueryString: 'select 1', WorkGroup: 'isobar-local' }));
  } finally {
    athena.destroy();
  }
}
