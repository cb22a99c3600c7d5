import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../../localstack/kafka-poller/main.ts', import.meta.url).pathname;

type LogLine = { event: string; level: string; [field: string]: unknown };
export type PollerProcess = Awaited<ReturnType<typeof startPoller>>;

/** Starts the poller as users do: as a process. Resolves when it logs that it is ready. */
export const startPoller = (endpoint: string, ...options: string[]) =>
  startProgram(process.execPath, MAIN, '--endpoint-url', endpoint, ...options);

/** Starts another file than the source. */
export async function startProgram(command: string, ...args: string[]) {
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // A packed program finds its Node.js on the PATH.
      PATH: `${path.dirname(process.execPath)}${path.delimiter}${process.env.PATH}`,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS,
    },
  });
  const lines: LogLine[] = [];
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const exited = once(child, 'exit');
  if (!child.stdout) throw new Error('the poller has no standard output');
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => lines.push(JSON.parse(line)));
  const ready = await Promise.race([once(output, 'line').then(() => true), exited.then(() => false)]);
  if (!ready) throw new Error(`the poller ended at once: ${stderr}`);

  return {
    pid: child.pid,
    lines,
    stderr: () => stderr,
    /** Returns the exit code, or the name of the signal that ended the process. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
      child.kill(signal);
      const [code, by] = await exited;
      return code ?? by;
    },
  };
}
