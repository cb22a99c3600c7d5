import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { preparePrometheus, scrapeApi } from '../../../../localstack/platform/prometheus.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-prometheus-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const prepared = () =>
  preparePrometheus(dir, {
    port: 9090,
    pollerUrl: 'http://127.0.0.1:9308/metrics',
    brokerUrls: ['http://127.0.0.1:7001/metrics', 'http://127.0.0.1:7002/metrics'],
  });
const targets = (home: string, job: string) =>
  JSON.parse(readFileSync(path.join(home, `targets/${job}.json`), 'utf8')) as {
    targets: string[];
    labels: Record<string, string>;
  }[];

test('Prometheus listens on loopback only, and keeps all its files below the platform’s data', () => {
  const { home, args } = prepared();
  expect(args).toContain('--web.listen-address=127.0.0.1:9090');
  const paths = args.flatMap((arg) => /=(\/.+)$/.exec(arg)?.[1] ?? []);
  expect(paths).toHaveLength(2);
  for (const each of paths) expect(each.startsWith(home)).toBe(true);
});

test('each target has the stage, so that dashboards find its series', () => {
  const { home } = prepared();
  scrapeApi(dir, {
    apiUrl: 'http://127.0.0.1:4566/_aws/execute-api/abc/v1/',
    tokens: { metrics: 'm', cloudwatch: 'c' },
  });
  expect(targets(home, 'api')).toEqual([
    {
      targets: ['127.0.0.1:4566'],
      labels: { stage: 'local', __metrics_path__: '/_aws/execute-api/abc/v1/metrics', __scheme__: 'http' },
    },
  ]);
  expect(targets(home, 'brokers').map(({ targets: [host] }) => host)).toEqual([
    '127.0.0.1:7001',
    '127.0.0.1:7002',
  ]);
  for (const { labels } of [...targets(home, 'brokers'), ...targets(home, 'poller')])
    expect(labels.stage).toBe('local');
});

test('only its owner may read the token', () => {
  const { home } = prepared();
  scrapeApi(dir, {
    apiUrl: 'http://127.0.0.1:4566/api/',
    tokens: { metrics: 'secret', cloudwatch: 'other' },
  });
  const file = path.join(home, 'metrics-token');
  expect(readFileSync(file, 'utf8')).toBe('secret');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the configuration names each file of targets that is written, and the rules', () => {
  const { home } = prepared();
  const config = parse(readFileSync(path.join(home, 'prometheus.yml'), 'utf8')) as {
    rule_files: string[];
    scrape_configs: { job_name: string; file_sd_configs: { files: string[] }[] }[];
  };
  expect(config.rule_files).toEqual(['isobar.rules.yml']);
  expect(readFileSync(path.join(home, 'isobar.rules.yml'), 'utf8')).toContain('alert: ConsumerLag');
  expect(
    config.scrape_configs.map(({ job_name, file_sd_configs }) => [job_name, file_sd_configs[0]?.files]),
  ).toEqual(
    ['api', 'cloudwatch', 'poller', 'brokers'].map((job) => [`isobar-${job}`, [`targets/${job}.json`]]),
  );
});
