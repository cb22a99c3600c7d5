import { readdirSync, readFileSync } from 'node:fs';
import { processList } from '../localstack/platform/processes.ts';

const ticksPerSecond = 100;

interface Process {
  readonly parent: number;
  readonly seconds: number;
}

/** CPU seconds up to now of the platform in `stateDir`, by program; a function's are under its folder's name. Linux only. */
export function cpuSeconds(stateDir: string): Map<string, number> {
  const processes = new Map<number, Process>();
  for (const pid of readdirSync('/proc').map(Number).filter(Boolean)) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
      const seconds = (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
      processes.set(pid, { parent: Number(fields[1]), seconds });
    } catch {
      // It has ended since the folder was listed.
    }
  }
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

function functionOf(pid: number): string | undefined {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
    return /(?:^|\0)AWS_LAMBDA_FUNCTION_NAME=isobar-\w+-([^\0]+)/.exec(environment)?.[1];
  } catch {
    return undefined;
  }
}
