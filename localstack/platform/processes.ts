import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { waitFor } from '../wait-for.ts';

/** A process of the platform. `startTime` tells it from a later process that got the same pid. */
export interface ProcessRecord {
  readonly name: string;
  readonly pid: number;
  readonly startTime: string;
  /** Where it listens: a URL or host:port; empty when it does not. */
  readonly address: string;
  /** How it is asked to end. */
  readonly endSignal: NodeJS.Signals;
  /** How long it then gets. 0: it is killed at once, as its data is thrown away with it. */
  readonly graceMs: number;
}

/** When the process began, in the system's own units; undefined when it is gone (or only a zombie). */
export function startTimeOf(pid: number): string | undefined {
  try {
    // Fields after the command name, which stands in brackets and may hold spaces: state is the 3rd of all, start time the 22nd.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return fields?.[0] === 'Z' ? undefined : fields?.[19];
  } catch {
    return process.platform === 'linux' ? undefined : isSignalable(pid) ? 'unknown' : undefined;
  }
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const isAlive = (record: ProcessRecord) => startTimeOf(record.pid) === record.startTime;

/** Starts a program as the leader of a process group of its own, its output appended to `<logsDir>/<name>.log`. */
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
    if (child.pid === undefined) throw new Error(`${options.name}: could not start ${options.command}`);
    return child as ChildProcess & { readonly pid: number };
  } finally {
    closeSync(log);
  }
}

/** Asks the group of `record` to end, and ends it by force when it does not in its time. Does nothing when it is gone. */
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

/** The list of processes that run, on disk, so that whoever comes later can end what a killed supervisor left. */
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
