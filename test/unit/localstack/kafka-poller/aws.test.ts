import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createAws } from '../../../../localstack/kafka-poller/aws.ts';

let server: http.Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** @param hangsUp on a request, told how many its connection had before */
async function listen(hangsUp: (earlier: number) => boolean) {
  const requests = new Map<Socket, number>();
  let seen = 0;
  server = http.createServer((request, response) => {
    const earlier = requests.get(request.socket) ?? 0;
    requests.set(request.socket, earlier + 1);
    seen += 1;
    if (hangsUp(earlier)) request.socket.destroy();
    else request.resume().on('end', () => response.end('ok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const aws = createAws({
    endpoint: new URL(`http://127.0.0.1:${port}`),
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return { call: () => aws({ service: 'lambda', method: 'GET', path: '/' }), seen: () => seen };
}

test('a request over a kept connection that is closed under it goes over a new one', async () => {
  const { call, seen } = await listen((earlier) => earlier > 0);
  await call();
  expect((await call()).body.toString()).toBe('ok');
  expect(seen()).toBe(3);
});

test('one that is hung up on over a new connection fails', async () => {
  const { call, seen } = await listen(() => true);
  await expect(call()).rejects.toThrow('socket hang up');
  expect(seen()).toBe(1);
});
