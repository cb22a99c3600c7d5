import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleFunctions } from '../../../lib/bundle.ts';
import { bundleFailingWatchWeather } from '../../../localstack/chaos/bundle.ts';

const maxBytes = 1.5e6;
const here: string[] = [];

async function bundled(): Promise<Map<string, Buffer>> {
  const into = await mkdtemp(join(tmpdir(), 'isobar-bundle-'));
  here.push(into);
  await bundleFunctions({ into });
  const folders = await readdir(into);
  return new Map(
    await Promise.all(
      folders.map(async (folder) => [folder, await readFile(join(into, folder, 'index.js'))] as const),
    ),
  );
}

let bundles: Map<string, Buffer>;
beforeAll(async () => {
  bundles = await bundled();
});
afterAll(() => Promise.all(here.map((folder) => rm(folder, { recursive: true }))));

test('each folder of lambdas/ with a handler becomes one bundle', async () => {
  const lambdas = join(import.meta.dirname, '../../../lambdas');
  const handlers = (await readdir(lambdas, { recursive: true })).filter((path) =>
    path.endsWith('handler.ts'),
  );
  expect([...bundles.keys()].sort()).toEqual(handlers.map((path) => basename(dirname(path))).sort());
});

test('a bundle is small enough to start quickly', () => {
  for (const [folder, { length }] of bundles) expect([folder, length < maxBytes]).toEqual([folder, true]);
});

/** Native accelerators, which their packages use only if they are installed. */
const optional = ['@aws-sdk/signature-v4-crt', 'pg-native'];

test('a bundle requires no module from outside of it and of Node', () => {
  for (const [folder, bundle] of bundles) {
    const required = [...bundle.toString().matchAll(/\brequire\("([^"]+)"\)/g)].map(([, name]) => name ?? '');
    const missing = required.filter((name) => !isBuiltin(name) && !optional.includes(name));
    expect([folder, missing]).toEqual([folder, []]);
  }
});

test('the same source gives the same bytes, so that a deploy without changes updates nothing', async () => {
  const hash = (bundle: Buffer | undefined) =>
    createHash('sha256')
      .update(bundle ?? '')
      .digest('hex');
  const again = await bundled();
  for (const [folder, bundle] of bundles)
    expect([folder, hash(again.get(folder))]).toEqual([folder, hash(bundle)]);
});

test('only the local bundle of --chaos holds code that makes records fail', async () => {
  const into = await mkdtemp(join(tmpdir(), 'isobar-bundle-'));
  here.push(into);
  await bundleFailingWatchWeather({ into, rate: 0.25 });
  const failing = await readFile(join(into, 'watch-weather/index.js'), 'utf8');

  const message = 'made to fail, since the chaos rate is';
  expect(failing).toContain(message);
  for (const [folder, bundle] of bundles) expect([folder, bundle.includes(message)]).toEqual([folder, false]);
});
