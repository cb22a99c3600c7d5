import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseSchema } from '../lambdas/database/migrate-database/database-schema.ts';
import { migrateDatabase } from '../lambdas/database/migrate-database/migrate-database.ts';
import { createRoles, openDatabase } from '../lambdas/database/prepare-roles/prepare-roles.ts';
import { connectDatabase, type Database } from '../lambdas/shared/postgres/database.ts';
import { choosePorts } from '../localstack/platform/ports.ts';
import { postgresAnswers, postgresUrl, preparePostgres } from '../localstack/platform/postgres.ts';

/** Starts a Postgres for one benchmark, with all tables, and removes it. */
export async function withPostgres(run: (database: Database) => Promise<void>): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'isobar-bench-'));
  const { postgres: port } = await choosePorts({ postgres: 5432 });
  const { file, args, cwd } = await preparePostgres(dir, port);
  const server = spawn(file, args, { cwd, stdio: 'ignore' });
  const stopped = once(server, 'exit');
  try {
    await postgresAnswers(postgresUrl(port));
    const { username: user, password, hostname: host } = new URL(postgresUrl(port));
    const database = connectDatabase({
      credentials: async () => ({ host, port, user, password, database: 'postgres' }),
    });
    await database.transaction(createRoles);
    await database.transaction(openDatabase);
    await migrateDatabase(database, databaseSchema);
    await run(database).finally(() => database.close());
  } finally {
    server.kill('SIGINT');
    await stopped;
    rmSync(dir, { recursive: true, force: true });
  }
}

/** CPU time of a process, from Linux, in steps of 10 ms. */
export function cpuMsOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13);
  return (Number(user) + Number(system)) * 10;
}
