import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { bundle, functionEntryPoints } from '../../../../lib/bundle.ts';
import { hashOfInputs, inputs } from '../../../../lib/deploy/inputs.ts';

const projectRoot = path.resolve(import.meta.dirname, '../../../..');
const isInput = (file: string) => inputs.some((input) => file === input || file.startsWith(`${input}/`));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'isobar-inputs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('every source of a bundle is an input', async () => {
  const { inputs: sources } = await bundle(await functionEntryPoints(), { into: folder });
  const own = Object.keys(sources).filter((file) => !file.startsWith('node_modules/'));
  expect(own.length).toBeGreaterThan(100);
  expect(own.filter((file) => !isInput(file))).toEqual([]);
});

test('every module of the CDK app is an input', () => {
  const modules = ['lib', 'localstack/chaos'].flatMap((place) =>
    readdirSync(path.join(projectRoot, place), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${place}/${name}`),
  );
  const imported = ['bin/isobar.ts', ...modules].flatMap((file) =>
    [...readFileSync(path.join(projectRoot, file), 'utf8').matchAll(/from '(\..*?)'/g)].map(([, to = '']) =>
      path.join(path.dirname(file), to),
    ),
  );
  expect(imported.length).toBeGreaterThan(100);
  expect(imported.filter((file) => !isInput(file))).toEqual([]);
});

test('a change of a file, its name or a setting changes the hash; the same inputs give the same', async () => {
  for (const input of inputs)
    if (path.extname(input) === '') mkdirSync(path.join(folder, input), { recursive: true });
  for (const input of inputs)
    if (path.extname(input) !== '') {
      mkdirSync(path.dirname(path.join(folder, input)), { recursive: true });
      writeFileSync(path.join(folder, input), input);
    }
  const hash = (settings: object = { stage: 'local' }) => hashOfInputs(folder, settings);
  const seen = [await hash()];
  expect(await hash()).toBe(seen[0]);
  writeFileSync(path.join(folder, 'lib/a.ts'), '1');
  seen.push(await hash());
  writeFileSync(path.join(folder, 'lib/a.ts'), '2');
  seen.push(await hash());
  rmSync(path.join(folder, 'lib/a.ts'));
  writeFileSync(path.join(folder, 'lib/b.ts'), '2');
  seen.push(await hash(), await hash({ stage: 'dev' }));
  expect(new Set(seen).size).toBe(seen.length);
});
