import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readMetricRows } from '../../../../lambdas/fraud/show-metrics/metric-rows.ts';
import { renderMetrics } from '../../../../lambdas/fraud/show-metrics/prometheus-text.ts';
import { createMetrics } from '../../../../localstack/kafka-poller/metrics.ts';
import { choosePorts } from '../../../../localstack/platform/ports.ts';
import { preparePrometheus, scrapeApi } from '../../../../localstack/platform/prometheus.ts';
import { waitFor } from '../../../../localstack/wait-for.ts';
import { openPrometheus } from '../../../fixtures/prometheus.ts';
import { promtool, requiredPrometheus } from '../../../fixtures/promtool.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { query } = testDatabase();

const pollers = createMetrics();
const slow = pollers.mapping({
  uuid: 'm',
  functionArn: 'arn:aws:lambda:us-east-1:1:function:f',
  consumerGroup: 'slow',
});
let end = 9;
/** A consumer that makes progress, and stays behind. */
async function pollerPage(): Promise<string> {
  slow.setLags([{ topic: 't', partition: 0, lag: 5, end: end++, lagSeconds: 100 }]);
  return pollers.render();
}

const pages: Record<string, () => Promise<string>> = {
  '/v1/metrics': async () => renderMetrics(await readMetricRows(query)()),
  '/v1/metrics/cloudwatch': async () => '# TYPE aws_sqs_x_sum gauge\naws_sqs_x_sum 1\n',
  '/poller': pollerPage,
};
const tokens: Record<string, string> = { '/v1/metrics': 'm', '/v1/metrics/cloudwatch': 'c' };

let dir: string;
let server: Server;
let child: ChildProcess;
let prometheus: ReturnType<typeof openPrometheus>;
let home: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-prometheus-'));
  server = createServer(({ url = '', headers }, response) => {
    const token = tokens[url];
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) {
      response.writeHead(403).end();
      return;
    }
    // A page that is asked for as the tests end finds its database dropped.
    pages[url]?.().then(
      (text) => response.setHeader('content-type', 'text/plain; version=0.0.4').end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { port } = await choosePorts({ port: 0 });
  const prepared = preparePrometheus(dir, {
    port,
    pollerUrl: `${url}/poller`,
    // Nothing listens there.
    brokerUrls: ['http://127.0.0.1:1/metrics'],
  });
  home = prepared.home;
  child = spawn(requiredPrometheus().prometheus, prepared.args, { cwd: home, stdio: 'ignore' });
  prometheus = openPrometheus(`http://127.0.0.1:${port}`);
  await waitFor('Prometheus to answer', () => prometheus.targets(), { deadlineMs: 60_000 });
  scrapeApi(dir, { apiUrl: `${url}/v1/`, tokens: { metrics: 'm', cloudwatch: 'c' } });
});
afterAll(() => {
  child.kill('SIGKILL');
  server.close();
  server.closeAllConnections();
  rmSync(dir, { recursive: true, force: true });
});

test('promtool accepts the configuration, its targets and its rules as the platform writes them', () => {
  expect(promtool(['check', 'config', path.join(home, 'prometheus.yml')])).toMatchObject({ code: 0 });
});

test('Prometheus finds the API once its file of targets appears, and reads it with its tokens', async () => {
  const health = async () => {
    const targets = await prometheus.targets();
    return Object.fromEntries(targets.map(({ labels, health: state }) => [labels.job, state]));
  };
  const expected = {
    'isobar-api': 'up',
    'isobar-cloudwatch': 'up',
    'isobar-poller': 'up',
    'isobar-brokers': 'down',
  };
  const settled = async () => {
    const now = await health();
    return Object.values(now).every((state) => state !== 'unknown') && Object.keys(now).length === 4 && now;
  };
  expect(await waitFor('every target to be read', settled, { deadlineMs: 120_000, everyMs: 500 })).toEqual(
    expected,
  );
  expect(await prometheus.series('slack_outbox_rows{stage="local"}')).toBe(3);
  expect(await prometheus.value('kafka_consumergroup_lag{stage="local"}')).toBe(5);
});

test('a rule with local times fires, and no other does', async () => {
  const firing = async () => {
    const names = await prometheus.firing();
    return names.length > 1 && names.sort();
  };
  // The lag is beyond the local limit, and no broker answers.
  expect(await waitFor('both alerts to fire', firing, { deadlineMs: 180_000, everyMs: 1_000 })).toEqual([
    'BrokerDown',
    'ConsumerLag',
  ]);
});

test('promtool has no complaint about the metrics of the poller', async () => {
  expect(promtool(['check', 'metrics'], await pollerPage())).toEqual({ code: 0, output: '' });
});
