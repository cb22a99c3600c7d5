import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bundleFunctions } from '../../../lib/bundle.ts';
import { stages } from '../../../lib/config.ts';
import { assertRdsRootCas, rdsCaBundle, rdsCaFile } from '../../../lib/rds-root-cas.ts';
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

test('the certificates of RDS lie beside each function that connects to the database, and no other', async () => {
  const [into = ''] = here;
  const found = (await readdir(into, { recursive: true }))
    .filter((path) => basename(path) === rdsCaFile)
    .map(dirname);
  const connecting = [...bundles]
    .filter(([, code]) => code.includes('DATABASE_SECRET_ARN'))
    .map(([folder]) => folder);
  expect(found.sort()).toEqual(connecting.sort());
  expect(connecting.length).toBeGreaterThan(20);
});

test.each(Object.values(stages))(
  'the region of stage $stage has three root certificates, valid for 30 years',
  ({ region }) => {
    const certificates = rdsCaBundle
      .split(/(?<=-----END CERTIFICATE-----)\n/)
      .map((pem) => new X509Certificate(pem));
    const ofRegion = certificates.filter(({ subject }) => subject.includes(`RDS ${region} `));
    expect(ofRegion).toHaveLength(3);
    const limit = new Date();
    limit.setFullYear(limit.getFullYear() + 30);
    for (const { ca, validTo } of certificates) expect([ca, new Date(validTo) > limit]).toEqual([true, true]);
  },
);

test('a region without certificates is refused with the remedy', () => {
  expect(() => assertRdsRootCas('us-east-1')).not.toThrow();
  expect(() => assertRdsRootCas('mx-central-1')).toThrow('set database.tlsCaFile in lib/config.ts');
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

test('the API cannot wait for a challenger: only functions off its path know which model that is', () => {
  const knowing = [...bundles].filter(([, code]) => code.includes('models/fraud/challenger'));
  expect(knowing.map(([folder]) => folder).sort()).toEqual(['monitor-transactions', 'promote-model']);
});
