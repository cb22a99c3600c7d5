import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { unreachableRegistries } from '../../../../localstack/setup/network.mjs';

const npm = [{ registry: 'npm' }] as const;
const pip = [{ registry: 'pip' }] as const;
const programs = { python: 'python3' };
const before = { ...process.env };
let server: Server | undefined;
afterEach(() => {
  process.env = { ...before };
  server?.close();
});

test('steps that need no registry ask none', async () => {
  expect(await unreachableRegistries([{}], programs)).toBeUndefined();
});

test('a registry that refuses the connection is named, with what to do', async () => {
  process.env.NPM_CONFIG_REGISTRY = 'http://127.0.0.1:9/';
  expect(await unreachableRegistries(npm, programs)).toMatch(
    /registry of npm cannot be reached.*HTTPS_PROXY/,
  );
}, 30_000);

test('a registry that never answers is given up in time', async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address?.port}/`;
  process.env.NPM_CONFIG_REGISTRY = url;
  process.env.PIP_INDEX_URL = url;
  expect(await unreachableRegistries(npm, programs, 1_000)).toContain('registry of npm cannot');
  expect(await unreachableRegistries(pip, programs, 1_000)).toContain('registry of pip cannot');
}, 60_000);

test('a failure that is no silence is left to the installation', async () => {
  expect(await unreachableRegistries([{ registry: 'pip' }], { python: 'no-such-python' })).toBeUndefined();
});
