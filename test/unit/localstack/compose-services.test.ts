import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { prepareBroker } from '../../../localstack/platform/broker/broker.ts';
import { emulatorCommand } from '../../../localstack/platform/emulator.ts';
import { clusterOptions, serverSettings } from '../../../localstack/platform/postgres.ts';
import { localServices, wellKnownPorts } from '../../../localstack/platform/services.ts';
import { skippedLocally } from '../../../localstack/platform/skipped-resources.ts';
import { mavenArguments, pipArguments } from '../../../localstack/setup/installers.mjs';
import { projectNode, projectRoot, runtimeModules } from '../../../localstack/setup/tools.mjs';

interface Service {
  readonly command?: string;
  readonly network_mode?: string;
  readonly environment: Readonly<Record<string, string>>;
}
const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const { services } = parse(read('docker-compose.localstack.yml'), { merge: true }) as {
  services: Readonly<
    Record<'broker-1' | 'postgres' | 'localstack' | 'kafka-poller' | 'slack-inbox', Service>
  >;
};
const steps = read('localstack/Dockerfile')
  .split('\n')
  .filter((line) => /^(FROM|WORKDIR|COPY|RUN|CMD) /.test(line))
  .map((line) => line.split(/ (.*)/s).slice(0, 2) as [string, string]);

let work: string;
beforeAll(() => {
  work = mkdtempSync(path.join(tmpdir(), 'isobar-image-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The settings of `npm start`, with the paths of the container. */
const inContainer = (text: string) =>
  text
    .replaceAll(work, '/data')
    .replaceAll(runtimeModules, '/isobar/node_modules')
    .replaceAll(projectNode, '/usr/local/bin/node')
    .replaceAll(projectRoot, '/isobar');

function startedLocalstack() {
  const { ISOBAR_KAFKA_BROKERS = '', ISOBAR_POSTGRES_URL = '' } = services.localstack.environment;
  return emulatorCommand(work, {
    port: 4566,
    kafkaBrokers: ISOBAR_KAFKA_BROKERS.split(','),
    postgresUrl: ISOBAR_POSTGRES_URL,
    java: '/opt/java/openjdk/bin/java',
    skippedResourceTypes: Object.keys(skippedLocally),
  });
}

test('LocalStack in Docker has the command, the folder and the environment of npm start, on all addresses of its container', () => {
  const { command, args, cwd, env } = startedLocalstack();
  const { PATH: _, ...settings } = env;
  const expected = Object.entries(settings).map(([name, value = '']) => [name, inContainer(value)]);
  expect(services.localstack.environment).toEqual({
    ...Object.fromEntries(expected),
    GATEWAY_LISTEN: '0.0.0.0:4566',
  });
  expect(steps.at(-1)).toEqual([
    'CMD',
    JSON.stringify([command, ...args].map(inContainer)).replaceAll('","', '", "'),
  ]);
  expect(steps.findLast(([step]) => step === 'WORKDIR')?.[1]).toBe(inContainer(cwd));
});

test('the image installs from the locked requirements and the POMs with the commands of the set-up, and asks for no token', () => {
  const runs = steps.filter(([step]) => step === 'RUN').map(([, command]) => command);
  const tools = '.isobar/tools';
  const installs = [
    ['localstack-venv', 'localstack/extension/requirements.txt'],
    ['spark-venv', 'glue-scripts/requirements.txt'],
    ['spark-venv', 'glue-scripts/requirements-training.txt'],
  ] as const;
  for (const [venv, file] of installs)
    expect(runs).toContain(`${tools}/${venv}/bin/python ${pipArguments(file).join(' ')}`);
  for (const [pom, into] of [
    ['localstack/spark/pom.xml', `${tools}/spark/jars`],
    ['localstack/jsonata/pom.xml', `${tools}/jsonata`],
  ] as const)
    expect(runs).toContain(`mvn ${mavenArguments(pom, into).join(' ')}`);
  expect(runs.filter((run) => / pip /.test(run))).toHaveLength(installs.length);
  expect(steps.filter(([step]) => step === 'FROM').map(([, image]) => image)).toEqual([
    'node:24-bookworm-slim AS node',
    'maven:3-eclipse-temurin-17 AS java',
    'python:3.13-slim',
  ]);
  expect(read('docker-compose.localstack.yml')).not.toMatch(/AUTH_TOKEN|image: localstack/);
});

test('after the steps of the image, every path that LocalStack is given exists', () => {
  const root = path.join(work, 'root');
  const bin = path.join(work, 'bin');
  const standIns = {
    python: `mkdir -p "$3/bin" && echo '#!/bin/sh' > "$3/bin/python" && chmod +x "$3/bin/python"`,
    mvn: `mkdir -p "\${6#-DoutputDirectory=}"`,
  };
  mkdirSync(bin, { recursive: true });
  for (const [name, script] of Object.entries(standIns)) {
    writeFileSync(path.join(bin, name), `#!/bin/sh\nset -eu\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  }
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const below = (file: string, cwd = '/') => path.join(root, path.resolve(cwd, file));
  let cwd = '/';
  let stage = '';
  for (const [step, rest] of steps) {
    if (step === 'FROM') stage = rest;
    if (step === 'WORKDIR') {
      cwd = rest;
      mkdirSync(below(cwd), { recursive: true });
    }
    if (step === 'COPY') {
      const words = rest.split(' ');
      const from = words[0]?.startsWith('--from=') ? words.shift() : undefined;
      const target = words.pop() ?? '';
      for (const source of words) {
        // Files of other images are taken for granted, files that a former stage made are not.
        if (from !== undefined && !source.startsWith('/isobar'))
          mkdirSync(below(source), { recursive: true });
        const file = from === undefined ? path.join(projectRoot, source) : below(source);
        const into = target.endsWith('/') ? path.join(target, path.basename(source)) : target;
        if (file !== below(into, cwd))
          cpSync(file, below(into, cwd), {
            recursive: true,
            filter: (each) => !each.includes('__pycache__'),
          });
      }
    }
    // apt-get and useradd are those of the image.
    if (step === 'RUN' && !/apt-get|useradd/.test(rest)) {
      const { status, stderr } = spawnSync('sh', ['-euc', rest], { cwd: below(cwd), env, encoding: 'utf8' });
      expect({ stage, rest, status, stderr }).toEqual({ stage, rest, status: 0, stderr: '' });
    }
  }
  const paths = Object.entries(services.localstack.environment).filter(
    ([name, value]) => name.startsWith('ISOBAR_') && /^\/(isobar\/\.isobar|usr|opt)/.test(value),
  );
  expect(paths.length).toBe(5);
  for (const [name, value] of paths)
    expect({
      name,
      exists: existsSync(below(name === 'ISOBAR_JAVA' ? path.resolve(value, '../..') : value)),
    }).toEqual({ name, exists: true });
});

test('the poller and the Slack inbox in Docker have the commands of npm start; the poller shares the network of LocalStack', async () => {
  const started = localServices(wellKnownPorts, work, work);
  const commandOf = async (name: string) => {
    const { args = [] } = (await started.find((each) => each.name === name)?.prepare()) ?? {};
    return ['node', ...args.map((each) => each.replace(`${projectRoot}/`, ''))];
  };
  expect(services['kafka-poller'].command?.split(' ')).toEqual(await commandOf('kafka-poller'));
  expect(services['kafka-poller'].network_mode).toBe('service:localstack');
  const [page] = (await commandOf('slack-inbox')).slice(-2);
  expect(page).toBe('--page'); // of the console, which has no container
  expect(services['slack-inbox'].command?.split(' ')).toEqual([
    ...(await commandOf('slack-inbox')).filter((each) => !each.startsWith('--disable')).slice(0, -2),
    ...['--host', '0.0.0.0', '--store', '/data/messages.jsonl'],
  ]);
});

test('brokers in Docker have the settings of npm start, but for addresses', () => {
  const nodes = [1, 2, 3].map((id) => ({ id, port: id, controllerPort: id + 10 }));
  const [first] = nodes;
  if (first === undefined) throw new Error('unreachable');
  const { home, run } = prepareBroker(first, nodes, work);
  const addresses =
    /^(controller\.quorum\.voters|listeners|advertised\.listeners|listener\.security\.protocol\.map|inter\.broker\.listener\.name|log\.dirs)$/;
  const properties = readFileSync(path.join(home, 'server.properties'), 'utf8').trim().split('\n');
  const expected = properties.map((line) => line.split('=')).filter(([name = '']) => !addresses.test(name));
  const inDocker = Object.entries(services['broker-1'].environment)
    .filter(([name]) => name.startsWith('KAFKA_') && name !== 'KAFKA_HEAP_OPTS')
    .map(([name, value]) => [name.slice(6).toLowerCase().replaceAll('_', '.'), value])
    .filter(([name = '']) => !addresses.test(name));
  expect(Object.fromEntries(inDocker)).toEqual(Object.fromEntries(expected));
  expect(run).toEqual(
    expect.arrayContaining((services['broker-1'].environment.KAFKA_HEAP_OPTS ?? '').split(' ')),
  );
});

test('Postgres in Docker has the settings of npm start', () => {
  const settings = Object.entries(serverSettings).map(([name, value]) => `-c ${name}=${value}`);
  expect(services.postgres.command).toBe(['postgres', ...settings].join(' '));
  expect(services.postgres.environment.POSTGRES_INITDB_ARGS).toBe(clusterOptions.join(' '));
});
