import { readdirSync, readFileSync } from 'node:fs';
import { processList } from '../localstack/platform/processes.ts';

const ticksPerSecond = 100;

interface Process {
  readonly parent: number;
  readonly seconds: number;
}

/**
 * CPU seconds so far of the platform in `stateDir`, by program. The processes of a deployed function count
 * under the name of its folder; other functions count under their own name. Linux only.
 */
export function cpuSeconds(stateDir: string): Map<string, number> {
  const processes = runningProcesses();
  const used = new Map<string, number>();
  const add = (name: string, seconds: number) => used.set(name, (used.get(name) ?? 0) + seconds);
  for (const { name, pid } of processList(stateDir).read()) {
    if (name === 'supervisor') continue;
    const program = name.replace(/-\d$/, 's');
    add(program, processes.get(pid)?.seconds ?? 0);
    for (const [child, { parent, seconds }] of processes)
      if (parent === pid) add(functionOf(child) ?? program, seconds);
  }
  return used;
}

/** CPU seconds per million records between two calls of `cpuSeconds`, by program, the largest first. */
export const cpuSecondsPerMillion = (
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  records: number,
): { readonly name: string; readonly perMillion: number }[] =>
  [...after]
    .map(([name, seconds]) => ({ name, perMillion: ((seconds - (before.get(name) ?? 0)) / records) * 1e6 }))
    .filter(({ perMillion }) => perMillion >= 0.05)
    .sort((a, b) => b.perMillion - a.perMillion);

function runningProcesses(): ReadonlyMap<number, Process> {
  const processes = new Map<number, Process>();
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      processes.set(pid, { parent: Number(fields[1]), seconds });
    } catch {
      // The process has ended since the folder was listed.
    }
  }
  return processes;
}

function functionOf(pid: number): string | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=(?:isobar-[a-z]+-)?([^\0]+)/.exec(environment)?.[1];
  } catch {
    return undefined;
  }
}
