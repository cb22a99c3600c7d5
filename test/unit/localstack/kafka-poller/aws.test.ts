import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { createAws } from '../../../../localstack/kafka-poller/aws.ts';

let server: http.Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** @param hangsUp whether to close the connection at a request, given how many requests it had before */
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

test('a request whose kept connection is closed is sent again over a new one', async () => {
  const { call, seen } = await listen((earlier) => earlier > 0);
  await call();
  expect((await call()).body.toString()).toBe('ok');
  expect(seen()).toBe(3);
});

test('a request whose new connection is closed fails, and is not sent again', async () => {
  const { call, seen } = await listen(() => true);
  await expect(call()).rejects.toThrow('socket hang up');
  expect(seen()).toBe(1);
});
