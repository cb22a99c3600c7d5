import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { choosePorts } from '../../../../localstack/platform/ports.ts';
import {
  postgresAnswers,
  postgresUrl,
  preparePostgres,
  unlockPostgres,
} from '../../../../localstack/platform/postgres.ts';

let dir: string;
const servers: ChildProcess[] = [];
beforeAll(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-postgres-'));
});
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

test('starts again after a kill, also one that left its lock file empty', async () => {
  const { postgres: port } = await choosePorts({ postgres: 0 });
  const { file, args, cwd } = await preparePostgres(dir, port);
  const start = () => {
    const server = spawn(file, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    servers.push(server);
    return { server, exit: once(server, 'exit') };
  };
  const lock = path.join(dir, 'postgres', 'data', 'postmaster.pid');

  writeFileSync(lock, '');
  const refusing = start();
  expect(await refusing.exit).toEqual([1, null]);

  unlockPostgres(dir);
  const first = start();
  await postgresAnswers(postgresUrl(port));
  first.server.kill('SIGKILL');
  await first.exit;

  // This one is full: the server sees for itself that it is of nobody.
  unlockPostgres(dir);
  const second = start();
  await postgresAnswers(postgresUrl(port));
  second.server.kill('SIGQUIT');
  await second.exit;
});
