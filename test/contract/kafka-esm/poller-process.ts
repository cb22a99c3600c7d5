import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../../localstack/kafka-poller/main.ts', import.meta.url).pathname;

type LogLine = { event: string; level: string; [field: string]: unknown };
export type PollerProcess = Awaited<ReturnType<typeof startPoller>>;

/** The poller as its users run it: a process. Resolves when it says that it is ready. */
export async function startPoller(endpoint: string, ...options: string[]) {
  const child: ChildProcess = spawn(process.execPath, [MAIN, '--endpoint-url', endpoint, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: process.env.NODE_EXTRA_CA_CERTS },
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
    /** The exit code, or the name of the signal that ended it. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
      child.kill(signal);
      const [code, by] = await exited;
      return code ?? by;
    },
  };
}
