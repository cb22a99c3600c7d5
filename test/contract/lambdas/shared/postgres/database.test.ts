import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { connectDatabase, prepared } from '../../../../../lambdas/shared/postgres/database.ts';
import { testDatabase } from '../../test-database.ts';

const { credentials, query } = testDatabase({ migrated: false });

beforeAll(async () => {
  await query('create table kept (id int)');
  await query('insert into kept values (1)');
  await query('grant select, insert, update on kept to public');
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

/** A proxy that counts round trips: what is sent after an answer begins one. */
async function countingProxy() {
  let trips = 0;
  let isAnswered = true;
  const sockets: net.Socket[] = [];
  const server = net.createServer((client) => {
    const { host, port } = credentials();
    const postgres = net.connect(port, host);
    sockets.push(client, postgres);
    client.on('data', (sent) => {
      if (isAnswered) trips++;
      isAnswered = false;
      postgres.write(sent);
    });
    postgres.on('data', (answer) => {
      isAnswered = true;
      client.write(answer);
    });
    for (const socket of [client, postgres]) {
      socket.on('error', () => undefined);
      socket.on('close', () => [client, postgres].forEach((each) => void each.destroy()));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = () => sockets.splice(0).forEach((socket) => void socket.destroy());
  ends.push(async () => {
    end();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as net.AddressInfo;
  const database = connectDatabase({
    credentials: async () => ({ ...credentials(), host: '127.0.0.1', port }),
  });
  ends.unshift(database.close);
  return { database, endConnections: end, trips: () => trips };
}

test('a transaction begins with its first statement, in one round trip', async () => {
  const { database, trips } = await countingProxy();
  await database.query('select');
  const before = trips();
  await database.transaction(async (queryNow) => {
    await queryNow('select id from kept for update');
    await queryNow('update kept set id = id');
  });
  expect(trips() - before).toBe(3);
});

test('a transaction whose connection died before it begins anew', async () => {
  const { database, endConnections } = await countingProxy();
  const session = async () =>
    (await database.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid;
  const died = await session();
  endConnections();
  expect(await session()).not.toBe(died);
});

test('a connection that dies within a transaction fails it, and nothing of it is kept', async () => {
  const { database, endConnections } = await countingProxy();
  const work = database.transaction(async (queryNow) => {
    await queryNow('insert into kept values (2)');
    endConnections();
    await queryNow('insert into kept values (3)');
  });
  await expect(work).rejects.toThrow();
  expect(await query('select id from kept')).toEqual([{ id: 1 }]);
});

test('a transaction without a statement opens none', async () => {
  const { database, trips } = await countingProxy();
  await database.query('select');
  const before = trips();
  await database.transaction(async () => undefined);
  expect(trips()).toBe(before);
});

test('a prepared statement is planned once by each connection', async () => {
  const { database } = await countingProxy();
  const increment = prepared('select $1::int + 1 as next');
  await database.transaction(async (queryNow) => {
    for (const [at, next] of [1, 2, 3].entries()) expect(await queryNow(increment, [at])).toEqual([{ next }]);
    const used = 'select (generic_plans + custom_plans)::int as times from pg_prepared_statements';
    expect(await queryNow(used)).toEqual([{ times: 3 }]);
  });
});
