import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import {
  choosePorts,
  lastPorts,
  pinPorts,
  preferredPorts,
  rememberPorts,
} from '../../../../localstack/platform/ports.ts';

const listenOn = async (port: number) => {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

test('a service gets its preferred port when the port is free', async () => {
  const { port } = await choosePorts({ port: 0 });
  await expect(choosePorts({ service: port })).resolves.toEqual({ service: port });
});

test('a service gets another port when its preferred one is in use', async () => {
  const { taken } = await choosePorts({ taken: 0 });
  const server = await listenOn(taken);
  const { service } = await choosePorts({ service: taken });
  expect(service).not.toBe(taken);
  const other = await listenOn(service);
  other.close();
  server.close();
});

test('two services never get the same port, even when both prefer it', async () => {
  const { port } = await choosePorts({ port: 0 });
  const { one, two, three } = await choosePorts({ one: port, two: port, three: 0 });
  expect(new Set([one, two, three]).size).toBe(3);
});

test('a port that is in use moves by a multiple of 100', async () => {
  let base = 20_011;
  let server = await listenOn(base).catch(() => undefined);
  while (!server) server = await listenOn(++base).catch(() => undefined);
  const { service } = await choosePorts({ service: base });
  server.close();
  expect([service > base, (service - base) % 100]).toEqual([true, 0]);
});

test('pinned ports follow each other; one that is in use is named', async () => {
  const { base } = await choosePorts({ base: 21_000 });
  await expect(pinPorts(['one'], base)).resolves.toEqual({ one: base });
  const server = await listenOn(base);
  await expect(pinPorts(['kafka', 'postgres'], base)).rejects.toThrow(`port ${base}, for kafka, is in use`);
  server.close();
});

test('a start prefers the ports of the last start, and ignores what is no port', () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-ports-'));
  rememberPorts(stateDir, { postgres: 5532, poller: 0, gone: 1 });
  expect(preferredPorts({ postgres: 5432, poller: 9308, added: 80 }, lastPorts(stateDir))).toEqual({
    postgres: 5532,
    poller: 9308,
    added: 80,
  });
  writeFileSync(path.join(stateDir, 'ports.json'), '{"postgres": "x"');
  expect(lastPorts(stateDir)).toEqual({});
  rmSync(stateDir, { recursive: true });
});
