import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { connectDatabase } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';

const { credentials, query } = testDatabase({ migrated: false });

beforeAll(async () => {
  await query('create table kept (id int)');
  await query('insert into kept values (1)');
  await query('grant select, update on kept to public');
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/**
 * A proxy that can freeze a function: from then on, the function sends at most `bytes` more, and receives
 * nothing.
 */
async function freezableProxy() {
  let left = Number.POSITIVE_INFINITY;
  const sockets: net.Socket[] = [];
  const server = net.createServer((client) => {
    const { host, port } = credentials();
    const postgres = net.connect(port, host);
    sockets.push(client, postgres);
    client.on('data', (sent) => {
      const passed = sent.subarray(0, left);
      left -= passed.length;
      if (passed.length > 0) postgres.write(passed);
    });
    postgres.on('data', (answer) => client.write(answer));
    for (const socket of [client, postgres]) {
      socket.on('error', () => undefined);
      socket.on('close', () => client.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    host: '127.0.0.1',
    port,
    freeze(bytes: number) {
      left = bytes;
      for (const socket of sockets) socket.pause();
      // The bytes that are left come from the function's side.
      sockets[0]?.resume();
    },
  };
}

test.each([
  ['sent a statement', 'select length($1)', ['x'.repeat(100_000)], 100],
  ['received an answer', `select repeat('x', 50000000 + length($1))`, ['x'], 1_000],
])(
  'a function that froze while it %s holds its locks no longer than a transaction may take',
  async (_when, statement, values, bytes) => {
    const { host, port, freeze } = await freezableProxy();
    const frozen = connectDatabase({
      credentials: async () => ({ ...credentials(), host, port }),
      transactionMs: 1_000,
    });
    const hasLock = Promise.withResolvers<void>();
    const work = frozen.transaction(async (queryFrozen) => {
      await queryFrozen('select from kept for update');
      freeze(bytes);
      hasLock.resolve();
      await queryFrozen(statement, values);
    });
    work.catch(() => undefined);
    await hasLock.promise;
    // This fails by its lock_timeout if the lock is not released.
    expect(await query('select id from kept for update')).toEqual([{ id: 1 }]);
    for (const end of ends.splice(0)) await end();
    await expect(work).rejects.toThrow();
    await frozen.close();
  },
);
