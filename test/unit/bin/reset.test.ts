import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../../..');
const sources = [
  'package.json',
  'bin/reset.ts',
  'bin/stop.ts',
  'bin/shared',
  'bin/usage',
  'localstack/endpoints.ts',
  'localstack/wait-for.ts',
  'localstack/platform',
  'localstack/setup',
  'localstack/terminal',
];

/** A project of its own, so that a mistake cannot erase the platform of this one. */
let project: string;
beforeEach(() => {
  project = mkdtempSync(path.join(tmpdir(), 'isobar-reset-'));
  for (const source of sources)
    cpSync(path.join(root, source), path.join(project, source), { recursive: true });
  mkdirSync(path.join(project, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, path.join(project, 'node_modules/.bin/node'));
  mkdirSync(path.join(project, '.isobar/tools'), { recursive: true });
  writeFileSync(path.join(project, '.isobar/report.json'), '{}');
});
afterEach(() => rmSync(project, { recursive: true, force: true }));

const run = (script: string, ...args: string[]) => {
  const entry = path.join(project, 'localstack/setup/run.mjs');
  return spawnSync(process.execPath, [entry, script, ...args], { encoding: 'utf8' });
};
const exists = (file: string) => existsSync(path.join(project, '.isobar', file));

test('npm run reset -- --yes erases the data of the platform and keeps the installed programs', () => {
  expect(run('bin/reset.ts', '--yes')).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('Erased: topics'),
  });
  expect([exists('report.json'), exists('tools')]).toEqual([false, true]);
});

test('npm run reset erases nothing without a confirmation', () => {
  const { status, stderr } = run('bin/reset.ts');
  expect([status, stderr]).toEqual([1, expect.stringContaining('Add --yes')]);
  expect(exists('report.json')).toBe(true);
});

test.each([
  ['bin/reset.ts', '--hepl', 'npm run reset'],
  ['bin/reset.ts', 'topics', 'npm run reset'],
  ['bin/stop.ts', '--force', 'npm stop'],
])('%s %s exits with 2, prints the usage and changes nothing', (script, argument, usage) => {
  const { status, stdout, stderr } = run(script, argument);
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toContain(argument);
  expect(stderr).toContain(usage);
  expect(exists('report.json')).toBe(true);
});
