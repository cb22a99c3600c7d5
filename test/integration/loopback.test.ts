import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { processList } from '../../localstack/platform/processes.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

const answers = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host, port, timeout: 5_000 }, () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('timeout', () => socket.destroy());
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });

test('no service listens on an address other than 127.0.0.1', async () => {
  const addresses = processList(process.env.ISOBAR_TEST_STATE_DIR ?? '')
    .read()
    .map(({ address }) => address)
    .filter((address) => address !== '');
  expect(addresses).toHaveLength(9);
  for (const address of addresses) {
    const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
    expect([address, hostname, await answers('127.0.0.1', Number(port))]).toEqual([
      address,
      '127.0.0.1',
      true,
    ]);
    // Another loopback address of this machine: a server on all interfaces would answer there, too.
    expect([address, await answers('127.0.0.2', Number(port))]).toEqual([address, false]);
  }
});
