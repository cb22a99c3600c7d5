import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startProgram } from './poller-process.ts';
import { setStage } from './stage.ts';

const { cluster, api, selfManaged, untilCommitted, delivered } = setStage();

const SOURCE = path.resolve(import.meta.dirname, '../../../localstack/kafka-poller');
const env = {
  ...process.env,
  PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
};
/** The npm that runs the tests, or a plain `npm` when they were started without it. */
const [program, ...leading] = process.env.npm_execpath
  ? [process.execPath, process.env.npm_execpath]
  : ['npm'];
const npm = async (cwd: string, ...args: string[]) =>
  (await promisify(execFile)(program ?? 'npm', [...leading, ...args], { cwd, env })).stdout;

let dir: string;
let installed: string;

beforeAll(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'poller-package-'));
  installed = path.join(dir, 'empty');
  mkdirSync(installed);
  await npm(dir, 'pack', SOURCE);
  const [archive = ''] = readdirSync(dir).filter((name) => name.endsWith('.tgz'));
  // The package has no dependencies, so no registry is asked.
  await npm(installed, 'install', '--offline', path.join(dir, archive));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('the packed poller installs into an empty directory without any dependency', () => {
  expect(readdirSync(path.join(installed, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
    'isobar-kafka-poller',
  ]);
  const files = readdirSync(path.join(installed, 'node_modules/isobar-kafka-poller'), { recursive: true });
  expect(files.map(String).toSorted()).toEqual([
    'CHANGELOG.md',
    'README.md',
    'dist',
    'dist/LICENSE',
    'dist/THIRD-PARTY-LICENSES.txt',
    'dist/isobar-kafka-poller.mjs',
    'dist/poller.mjs',
    'package.json',
  ]);
});

test('the package can be published: its licence, version and changelog agree, and it asks for provenance', () => {
  const read = (file: string) =>
    readFileSync(path.join(installed, 'node_modules/isobar-kafka-poller', file), 'utf8');
  const { version, license, publishConfig, private: hidden } = JSON.parse(read('package.json'));
  expect(license).toBe('Apache-2.0');
  expect(read('dist/LICENSE')).toContain('Apache License');
  expect(read('dist/THIRD-PARTY-LICENSES.txt')).toMatch(/^kafkajs 2\.2\.4 \(MIT\)/m);
  expect(/^## \[([\d.]+)\]/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
  expect(publishConfig).toEqual({ access: 'public', provenance: true });
  expect(hidden).toBeUndefined();
});

test('on an older Node.js the program says in one sentence what it needs', () => {
  const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '22.11.0' } })`;
  const file = path.join(installed, 'node_modules/isobar-kafka-poller/dist/isobar-kafka-poller.mjs');
  const { status, stderr } = spawnSync(process.execPath, ['--import', old, file, '--help'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe(
    'isobar-kafka-poller needs Node.js 24 or newer, and this is 22.11.0: install a newer one, or put it first on the PATH.\n',
  );
  expect(status).toBe(1);
});

test('`npx isobar-kafka-poller --help` prints its usage', async () => {
  const help = await npm(installed, 'exec', '--offline', '--', 'isobar-kafka-poller', '--help');
  expect(help).toContain('isobar-kafka-poller --endpoint-url URL [options]');
});

test('the packed poller delivers plain, compressed and transactional records, and stops with exit code 0', async () => {
  const topic = await cluster().createTopic(1);
  await cluster().produce(topic, 0, ['a']);
  await cluster().produce(topic, 0, ['b'], 1);
  const transactionalId = cluster().newName('transactional');
  const producer = cluster().kafka.producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: 'x', partition: 0 }] });
  await transaction.abort();
  await producer.disconnect();
  await cluster().produce(topic, 0, ['c']);
  const { UUID } = api().put(selfManaged(topic));
  const poller = await startProgram(
    path.join(installed, 'node_modules/.bin/isobar-kafka-poller'),
    '--endpoint-url',
    api().url,
  );
  try {
    await untilCommitted(UUID, topic, 5);
    expect(delivered()).toEqual(['a', 'b', 'c']);
    expect(await poller.stop('SIGTERM')).toBe(0);
    expect(poller.stderr()).toBe('');
  } finally {
    await poller.stop('SIGKILL');
  }
});
