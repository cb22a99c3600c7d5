import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The pids of the processes in which LocalStack runs the named function now. */
export function functionProcesses(localstackPid: number, functionName: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => parentOf(pid) === localstackPid && nameOf(pid) === functionName);
}

/** The CPU time of a process, in clock ticks of the system (10 ms). */
export function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
}

/** The local ports of a process's TCP connections. A server can match its sessions to the process by them. */
export function portsOf(pid: number): number[] {
  const sockets = new Set(list(`/proc/${pid}/fd`).map((fd) => link(`/proc/${pid}/fd/${fd}`)));
  const connections = ['tcp', 'tcp6'].flatMap((kind) =>
    read(`/proc/${pid}/net/${kind}`).split('\n').slice(1),
  );
  return connections.flatMap((line) => {
    const [, local = '', , , , , , , , inode] = line.trim().split(/\s+/);
    return sockets.has(`socket:[${inode}]`) ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
}

/** Sends a signal; ignores a process that has already ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process may end while its files in /proc are read. */
function orNothing<T>(look: () => T, nothing: T): T {
  try {
    return look();
  } catch {
    return nothing;
  }
}

const read = (file: string) => orNothing(() => readFileSync(file, 'utf8'), '');
const list = (folder: string) => orNothing(() => readdirSync(folder), []);
const link = (file: string) => orNothing(() => readlinkSync(file), '');

/** The fields of /proc/<pid>/stat after the command name: the first one is the state. */
const statOf = (pid: number) => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ');

const parentOf = (pid: number) => Number(statOf(pid)?.[1]);

const nameOf = (pid: number) =>
  read(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('AWS_LAMBDA_FUNCTION_NAME='))
    ?.split('=')[1];
