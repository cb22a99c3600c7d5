import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startTimeOf } from '../setup/process-lock.mjs';
import { waitFor } from '../wait-for.ts';

/** A process of the platform. `startTime` distinguishes it from a later process with the same pid. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
  /** Where it listens: a URL or host:port; empty when it does not listen. */
  readonly address: string;
  /** The signal that requests an orderly end. */
  readonly endSignal: NodeJS.Signals;
  /** The time for an orderly end. With 0 it is killed at once: its data is discarded anyway. */
  readonly graceMs: number;
}

/**
 * Variables of a Node.js process that waits most of the time: what V8 compiles with goes back to the
 * system, as in the processes of functions (`runtimes.py`).
 */
export const leanAllocator = {
  GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=8192:glibc.malloc.trim_threshold=65536',
};

export const isAlive = (record: ProcessRecord) => startTimeOf(record.pid) === record.startTime;

/** Starts a program as leader of its own process group. Its output is appended to `<logsDir>/<name>.log`. */
export function startProcess(options: {
  name: string;
  command: string;
  args: readonly string[];
  env: Record<string, string | undefined>;
  cwd: string;
  logsDir: string;
}): ChildProcess & { readonly pid: number } {
  mkdirSync(options.logsDir, { recursive: true });
  const log = openSync(path.join(options.logsDir, `${options.name}.log`), 'a');
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env as NodeJS.ProcessEnv,
      stdio: ['ignore', log, log],
      detached: true,
    });
    if (child.pid === undefined)
      throw new Error(`Cannot start ${options.name}: ${options.command} did not run`);
    return child as ChildProcess & { readonly pid: number };
  } finally {
    closeSync(log);
  }
}

/**
 * Signals the process group to end, and kills it after its grace period. Does nothing when the process is
 * gone.
 */
export async function endProcess(record: ProcessRecord): Promise<void> {
  if (!isAlive(record)) return;
  if (record.graceMs > 0) {
    signalGroup(record.pid, record.endSignal);
    const deadline = { deadlineMs: record.graceMs, everyMs: 20 };
    const ended = await waitFor(`${record.name} to end`, () => !isAlive(record), deadline).catch(() => false);
    if (ended) return;
  }
  signalGroup(record.pid, 'SIGKILL');
  await waitFor(`${record.name} to die`, () => !isAlive(record), { deadlineMs: 5_000, everyMs: 20 });
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * The list of running processes, on disk: a later command can stop the ones that a killed supervisor left
 * running.
 */
export function processList(stateDir: string) {
  const file = path.join(stateDir, 'processes.json');
  const read = (): ProcessRecord[] => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as ProcessRecord[];
    } catch {
      return [];
    }
  };
  const write = (records: readonly ProcessRecord[]) => {
    mkdirSync(stateDir, { recursive: true });
    writeFileSync(`${file}.new`, `${JSON.stringify(records, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  };
  return {
    read,
    add: (record: ProcessRecord) => write([...read().filter(({ name }) => name !== record.name), record]),
    clear: () => rmSync(file, { force: true }),
  };
}
