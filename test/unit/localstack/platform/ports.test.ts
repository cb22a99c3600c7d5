import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { choosePorts } from '../../../../localstack/platform/ports.ts';

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
