import { readdirSync, readFileSync } from 'node:fs';

/** The pids of the processes in which LocalStack runs the functions of that name at this moment. */
export function functionProcesses(localstackPid: number, functionName: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => parentOf(pid) === localstackPid && nameOf(pid) === functionName);
}

/** Processes come and go while they are looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const parentOf = (pid: number) => Number(read(`/proc/${pid}/stat`).split(') ').at(-1)?.split(' ')[1]);

const nameOf = (pid: number) =>
  read(`/proc/${pid}/environ`)
    .split('\0')
    .find((entry) => entry.startsWith('AWS_LAMBDA_FUNCTION_NAME='))
    ?.split('=')[1];
