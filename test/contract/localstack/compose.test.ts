import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { dashboards } from '../../../lib/observability/dashboards.ts';
import { preparePrometheus } from '../../../localstack/platform/prometheus.ts';
import { projectRoot } from '../../../localstack/setup/tools.mjs';
import { promtool, requiredPrometheus } from '../../fixtures/promtool.ts';

interface Service {
  readonly command?: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}
const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const { services } = parse(read('docker-compose.localstack.yml'), { merge: true }) as {
  services: Readonly<Record<'prometheus' | 'grafana', Service>>;
};
const flags = (args: readonly string[]) => args.map((arg) => arg.split('=') as [string, string]);

/** Stands for the container: files as the volumes put them there, below this folder. */
let container: string;
let work: string;

const mountsOf = ({ volumes }: Service) =>
  volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source, target, mode };
  });

/** The commands of docs/observability.md that come before the containers start. */
const commands =
  /```sh\n(export AWS_ENDPOINT_URL=[\s\S]+?)```/.exec(read('docs/observability.md'))?.[1] ?? '';

beforeAll(() => {
  work = mkdtempSync(path.join(tmpdir(), 'isobar-compose-'));
  container = path.join(work, 'container');
  const bin = path.join(work, 'bin');
  mkdirSync(bin);
  const standIns = {
    aws: 'case "$*" in *apigateway*) echo api1 ;; *tokens/*) echo "token of $*" ;; *) exit 9 ;; esac',
    docker: 'echo "$*" > docker-was-called',
  };
  for (const [name, script] of Object.entries(standIns)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const { status, stderr } = spawnSync('sh', ['-eu', '-c', commands], { cwd: work, env, encoding: 'utf8' });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  for (const service of Object.values([services.prometheus, services.grafana]))
    for (const { source, target } of mountsOf(service)) {
      const from = path.join(source.startsWith('./.isobar/') ? work : projectRoot, source);
      cpSync(from, path.join(container, target), { recursive: true });
    }
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('the commands of the docs write every file that Prometheus finds in its container, and start both services', () => {
  const config = flags(services.prometheus.command?.split(' ') ?? []).find(
    ([flag]) => flag === '--config.file',
  );
  const file = path.join(container, config?.[1] ?? '');
  expect(promtool(['check', 'config', file])).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(path.dirname(file), 'targets')).sort()).toEqual([
    'api.json',
    'cloudwatch.json',
  ]);
  for (const name of ['api', 'cloudwatch']) {
    const text = readFileSync(path.join(path.dirname(file), `targets/${name}.json`), 'utf8');
    expect(JSON.parse(text)[0]).toMatchObject({ targets: ['localstack:4566'], labels: { stage: 'local' } });
  }
  const token = path.join(path.dirname(file), 'cloudwatch-token');
  expect(readFileSync(token, 'utf8')).toContain('--secret-id isobar/local/tokens/cloudwatch');
  expect(readFileSync(path.join(work, 'docker-was-called'), 'utf8')).toMatch(
    /up --detach prometheus grafana\n$/,
  );
});

test('Prometheus in Docker has the configuration of npm start, and flags that Prometheus knows', () => {
  const { args } = preparePrometheus(path.join(work, 'run'), {
    ...{ port: 9090, pollerUrl: 'http://127.0.0.1:1/metrics', brokerUrls: [] },
  });
  const started = Object.fromEntries(flags(args));
  const inDocker = flags(services.prometheus.command?.split(' ') ?? []);
  for (const [flag] of inDocker) expect(Object.keys(started)).toContain(flag);
  const known = spawnSync(requiredPrometheus().prometheus, ['--help'], { encoding: 'utf8' });
  for (const [flag] of inDocker) expect(known.stdout + known.stderr).toContain(flag);
  const config = 'prometheus.yml';
  expect(readFileSync(path.join(container, 'etc/isobar', config), 'utf8')).toBe(
    readFileSync(path.join(work, 'run/prometheus', config), 'utf8'),
  );
});

test('Grafana in Docker finds its provisioning, Prometheus and every dashboard', () => {
  const { environment = {}, volumes } = services.grafana;
  const provisioning = path.join(container, 'etc/grafana/provisioning');
  const provider = readFileSync(path.join(provisioning, 'dashboards/isobar.yml'), 'utf8');
  const source = readFileSync(path.join(provisioning, 'datasources/prometheus.yml'), 'utf8');
  const asked = [...`${provider}${source}`.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name ?? '');
  expect(asked.sort()).toEqual(
    Object.keys(environment)
      .filter((name) => name.startsWith('ISOBAR_'))
      .sort(),
  );
  const files = readdirSync(path.join(container, environment.ISOBAR_DASHBOARDS ?? ''));
  expect(files.sort()).toEqual(dashboards.map(({ uid }) => `${uid}.json`).sort());
  const { hostname, port } = new URL(environment.ISOBAR_PROMETHEUS_URL ?? '');
  expect(hostname).toBe('prometheus');
  expect(services.prometheus.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  for (const volume of [...volumes, ...services.prometheus.volumes]) expect(volume).toMatch(/:ro$/);
});
