import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Endpoints, removeEndpoints } from '../endpoints.ts';
import { projectNode, projectRoot } from '../setup/tools.mjs';
import { endProcess, isAlive, processList } from './processes.ts';

export type FromSupervisor =
  | { readonly type: 'up'; readonly service: string; readonly ms: number }
  | { readonly type: 'restarted'; readonly service: string; readonly how: string }
  | { readonly type: 'ready'; readonly endpoints: Endpoints }
  | { readonly type: 'failed'; readonly message: string };
export type ToSupervisor = { readonly type: 'keep' } | { readonly type: 'stop' };

export interface Platform {
  readonly endpoints: Endpoints;
  /** Settles when the platform is gone by itself: rejects with the reason. */
  readonly failed: Promise<never>;
  /** Ends every service and removes their data. */
  readonly stop: () => Promise<void>;
  /** Lets the platform run on when this process ends; `npm stop` ends it. */
  readonly keep: () => Promise<void>;
}

/**
 * Starts the local platform under a supervisor of its own, with its files in `stateDir`, and waits until all services answer.
 * The platform ends with this process, however that dies, unless `keep` is called.
 * @throws Error when one runs in `stateDir` already, or a service does not come up.
 */
export async function startPlatform(options: {
  stateDir: string;
  anyPorts?: boolean;
  onEvent: (event: FromSupervisor) => void;
  signal?: AbortSignal;
}): Promise<Platform> {
  const { stateDir, onEvent } = options;
  await clearLeftovers(stateDir);
  mkdirSync(stateDir, { recursive: true });
  const log = openSync(path.join(stateDir, 'supervisor.log'), 'w');
  const args = ['--state-dir', stateDir, ...(options.anyPorts ? ['--any-ports'] : [])];
  const supervisor = fork(path.join(projectRoot, 'localstack/platform/supervisor.ts'), args, {
    execPath: projectNode,
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    detached: true, // Ctrl-C on the terminal is for us alone: we say how to end
    stdio: ['ignore', log, log, 'ipc'],
  });
  const exited = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  const stop = async () => {
    send(supervisor, { type: 'stop' });
    await exited;
    await endLeftovers(stateDir);
  };

  const outcome = Promise.withResolvers<Endpoints>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined); // also seen through `outcome`, or not looked at
  supervisor.on('message', (event: FromSupervisor) => {
    onEvent(event);
    if (event.type === 'ready') outcome.resolve(event.endpoints);
    if (event.type === 'failed') outcome.reject(new Error(event.message));
    if (event.type === 'failed') gone.reject(new Error(event.message));
  });
  void exited.then(async () => {
    await endLeftovers(stateDir); // none, unless the supervisor was killed
    const error = new Error(`the supervisor ended; its log is ${path.join(stateDir, 'supervisor.log')}`);
    outcome.reject(error);
    gone.reject(error);
  });
  options.signal?.addEventListener(
    'abort',
    () => void stop().then(() => outcome.reject(options.signal?.reason)),
  );

  return {
    endpoints: await outcome.promise,
    failed: gone.promise,
    stop,
    keep: async () => {
      await new Promise<void>((resolve) =>
        supervisor.send({ type: 'keep' } satisfies ToSupervisor, () => resolve()),
      );
      supervisor.disconnect();
      supervisor.unref();
    },
  };
}

const send = (supervisor: ChildProcess, message: ToSupervisor) => {
  if (supervisor.connected) supervisor.send(message);
  else supervisor.kill('SIGTERM');
};

/** True when a platform runs in `stateDir`. */
export const isRunning = (stateDir: string) => processList(stateDir).read().some(isAlive);

/** Ends the platform of `stateDir`, whoever started it. Answers false when none ran. */
export async function stopPlatform(stateDir: string): Promise<boolean> {
  const records = processList(stateDir).read();
  const supervisor = records.find(({ name }) => name === 'supervisor');
  const ran = records.some(isAlive);
  if (supervisor) await endProcess(supervisor);
  await endLeftovers(stateDir);
  return ran;
}

async function clearLeftovers(stateDir: string): Promise<void> {
  const supervisor = processList(stateDir)
    .read()
    .find(({ name }) => name === 'supervisor');
  if (supervisor && isAlive(supervisor)) {
    throw new Error(
      `the platform is running already (supervisor ${supervisor.pid}). End it with \`npm stop\`, or look at it with \`npm run status\`.`,
    );
  }
  await endLeftovers(stateDir);
}

/** Ends what a killed supervisor left running, and removes its files. */
async function endLeftovers(stateDir: string): Promise<void> {
  const list = processList(stateDir);
  for (const record of list.read().reverse()) await endProcess(record);
  rmSync(path.join(stateDir, 'run'), { recursive: true, force: true });
  removeEndpoints(stateDir);
  list.clear();
}
