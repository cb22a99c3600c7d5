import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { projectNode, projectRoot } from '../../../../localstack/setup/tools.mjs';

const noPlatform = mkdtempSync(path.join(tmpdir(), 'isobar-none-'));
afterAll(() => rmSync(noPlatform, { recursive: true, force: true }));

function recover(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const { status, stderr } = spawnSync(projectNode, [path.join(projectRoot, 'bin/recover.ts'), ...args], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ISOBAR_STATE_DIR: noPlatform, ...env },
    encoding: 'utf8',
  });
  return { status, stderr };
}

test.each([
  [['--stage', 'prodd'], /^Unknown stage "prodd": choose one of local, dev, prod\.\n\nnpm run recover/],
  [['--pause', '--dry-run'], /^--dry-run shows what a recovery does, not --pause\n\nnpm run recover/],
])('npm run recover -- %j is a wrong use, and exits with 2', (args, says) => {
  const { status, stderr } = recover(args);
  expect(stderr).toMatch(says);
  expect(status).toBe(2);
});

test('without a platform, it says how to start one and how to recover AWS, and exits with 1', () => {
  const { status, stderr } = recover(['--yes']);
  expect(stderr).toBe(
    'The local platform is not running. `npm start` starts it. Add --stage dev or prod to recover AWS.\n',
  );
  expect(status).toBe(1);
});

test('a stage on AWS is not recovered at another endpoint', () => {
  const { status, stderr } = recover(['--stage', 'dev'], { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  expect(stderr).toContain('AWS_ENDPOINT_URL redirects to another endpoint. Unset it.');
  expect(status).toBe(1);
});
