import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { suites } from '../../../bin/test/suites.ts';
import { observationFields } from '../../../lambdas/shared/wire/observation.ts';
import { perAccountAndDay } from '../../../localstack/generator/transactions.ts';
import { startTimeOf } from '../../../localstack/setup/process-lock.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const usageOf = (name: string) => readFileSync(path.join(root, 'bin/usage', `${name}.txt`), 'utf8');
/** `isobar.ts` is the CDK app; a person does not run it. */
const commands = readdirSync(path.join(root, 'bin'))
  .filter((name) => name.endsWith('.ts') && name !== 'isobar.ts')
  .map((name) => path.basename(name, '.ts'));

/** A clone in which nothing is installed. */
let clone: string;
beforeAll(() => {
  clone = mkdtempSync(path.join(tmpdir(), 'isobar-clone-'));
  for (const source of ['package.json', 'bin', 'localstack/setup'])
    cpSync(path.join(root, source), path.join(clone, source), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

const run = (script: string, ...args: string[]) =>
  spawnSync(process.execPath, [path.join(clone, 'localstack/setup/run.mjs'), script, ...args], {
    encoding: 'utf8',
  });

describe('on a clone in which nothing is installed', () => {
  test.each(commands)('--help of %s prints its usage, exits with 0 and installs nothing', (command) => {
    for (const flag of ['--help', '-h'])
      expect(run(`bin/${command}.ts`, flag)).toMatchObject({
        status: 0,
        stdout: usageOf(command),
        stderr: '',
      });
    expect([existsSync(path.join(clone, '.isobar')), existsSync(path.join(clone, 'node_modules'))]).toEqual([
      false,
      false,
    ]);
  });

  test('a subcommand with a usage of its own prints that', () => {
    const { stdout } = run('bin/generate.ts', 'transactions', '--help');
    expect(stdout).toBe(usageOf('generate-transactions'));
  });

  test('what stands behind -- is no request for help', () => {
    expect(run('bin/status.ts', '--', '--help').status).toBe(1);
  });

  test.each(['status', 'daily', 'evaluate', 'retrain', 'errors', 'athena'])(
    '%s needs a platform, says so and exits with 1',
    (command) => {
      const { status, stderr } = run(`bin/${command}.ts`);
      expect([status, stderr]).toEqual([1, expect.stringContaining('`npm start`')]);
    },
  );

  test.each(['stop', 'reset'])('%s has nothing to do and exits with 0', (command) => {
    expect(run(`bin/${command}.ts`).status).toBe(0);
  });

  test('a second npm start ends at once, while the first is setting up', () => {
    mkdirSync(path.join(clone, '.isobar'), { recursive: true });
    const lock = path.join(clone, '.isobar/start.lock');
    writeFileSync(
      lock,
      JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid), sinceMs: Date.now() }),
    );
    const { status, stderr } = run('bin/start.ts');
    rmSync(lock);
    expect([status, stderr]).toEqual([1, expect.stringContaining(`process ${process.pid}`)]);
    expect(existsSync(path.join(clone, 'node_modules'))).toBe(false);
  });
});

test.each([
  [['--brokers', '1'], '--brokers needs --platform-only'],
  [['--platform-only', '--once'], '--platform-only starts no stacks'],
  [['--platform-only', '--chaos', '0.1'], '--platform-only starts no stacks'],
  [['--platform-only', '--brokers', '4'], '--brokers'],
])('npm start refuses %j', (args, reason) => {
  const { status, stderr } = spawnSync(process.execPath, [path.join(root, 'bin/start.ts'), ...args], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([2, expect.stringContaining(reason)]);
});

test.each(readdirSync(path.join(root, 'bin/usage')))('%s fits a terminal of 120 columns', (file) => {
  const widths = usageOf(path.basename(file, '.txt'))
    .split('\n')
    .map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(120);
});

test('the usage of npm test names every suite', () => {
  const [, listed = ''] = /may be repeated: ([^-]*), which/.exec(usageOf('test')) ?? [];
  expect(listed.split(/,\s+(?:and )?/).sort()).toEqual(suites.map(({ name }) => name).sort());
});

test('the usage of the generator states the default rate of an account', () => {
  expect(usageOf('generate-transactions')).toContain(`default ${perAccountAndDay} per account`);
});

test('the usage of npm run errors fits on a screen of 24 lines and 80 columns, and names every field', () => {
  const lines = usageOf('errors').trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  for (const field of observationFields) expect(usageOf('errors')).toContain(field);
});
