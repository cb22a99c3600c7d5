import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The pids of the processes in which LocalStack runs the functions of that name at this moment. */
export function functionProcesses(localstackPid: number, functionName: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => parentOf(pid) === localstackPid && nameOf(pid) === functionName);
}

/** The processor time that a process has used, in the clock ticks of the system (10 ms). */
export function ticksOf(pid: number): number {
  const fields = statOf(pid);
  return Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0);
}

/** The local ports of a process's connections: by them a server knows which of its sessions are the process's. */
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

/** A process may be gone before it is hit. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes come and go while they are looked at. */
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

/** The fields of /proc/<pid>/stat after the command, from the state on. */
const statOf = (pid: number) => read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ');

const parentOf = (pid: number) => Number(statOf(pid)?.[1]);

const nameOf = (pid: number) =>
  read(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('AWS_LAMBDA_FUNCTION_NAME='))
    ?.split('=')[1];
