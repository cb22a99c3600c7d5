import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';

const output = mkdtempSync(path.join(tmpdir(), 'isobar-cdk-'));
afterAll(() => rmSync(output, { recursive: true, force: true }));

/** Runs the CDK's command line, as `npx cdk` does: the node of this project comes first. */
function cdk(...args: string[]) {
  const bin = path.join(projectRoot, 'node_modules/.bin');
  const command = [path.join(bin, 'cdk'), ...args, '--output', output];
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const { status, stdout, stderr } = spawnSync(projectNode, command, {
    cwd: projectRoot,
    env: { PATH: `${bin}:${PATH}`, HOME, NODE_COMPILE_CACHE },
    encoding: 'utf8',
  });
  return { status, printed: `${stdout}${stderr}` };
}

test.each([
  [[], 'No stage was given: add -c stage=local|dev|prod\n'],
  [['-c', 'stage=prodd'], '"prodd" is not a stage: add -c stage=local|dev|prod\n'],
  [['-c', 'stage=dev', '-c', 'zones=a'], 'three ids of zones'],
])('npx cdk synth %j says in one sentence what to give, and exits with 1', (args, says) => {
  const { status, printed } = cdk('synth', ...args);
  expect(printed).toContain(says);
  expect(printed).not.toMatch(/^\s+at /m);
  expect(status).toBe(1);
});
