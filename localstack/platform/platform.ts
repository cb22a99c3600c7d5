import { type ChildProcess, fork } from 'node:child_process';
import { mkdirSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';
import { type Endpoints, removeEndpoints } from '../endpoints.ts';
import { projectNode, projectRoot } from '../setup/tools.mjs';
import { endProcess, isAlive, leanAllocator, processList } from './processes.ts';

export type FromSupervisor =
  | { readonly type: 'up'; readonly service: string; readonly address: string; readonly ms: number }
  | { readonly type: 'restarted'; readonly service: string; readonly how: string }
  /** The port of a service is in use, and it listens on another. */
  | { readonly type: 'port-moved'; readonly service: string; readonly from: number; readonly to: number }
  | { readonly type: 'ready'; readonly endpoints: Endpoints }
  | { readonly type: 'failed'; readonly message: string }
  /** `npm stop`, or another process, stops the platform. */
  | { readonly type: 'stopped-elsewhere' };
export type ToSupervisor = { readonly type: 'keep' } | { readonly type: 'stop' };

export class StoppedElsewhere extends Error {
  constructor() {
    super('Another command, such as `npm stop`, stopped the platform.');
  }
}

export interface Platform {
  readonly endpoints: Endpoints;
  /** Rejects with the reason when the platform fails, or with StoppedElsewhere. */
  readonly failed: Promise<never>;
  /** Stops every service and removes its data. */
  readonly stop: () => Promise<void>;
  /** Leaves the platform running when this process ends; `npm stop` stops it. */
  readonly keep: () => Promise<void>;
}

/**
 * Starts the local platform under its own supervisor, with its files in `stateDir`, and waits until all
 * services answer. The platform stops when this process ends or crashes, unless `keep` was called.
 * @throws Error when a platform is already running in `stateDir`, or when a service does not start
 */
export async function startPlatform(options: {
  stateDir: string;
  anyPorts?: boolean;
  /** The first port to listen on. Without it: the ports of the last start, or others if they are in use. */
  firstPort?: number | undefined;
  /** Runs without Prometheus, even if there is one. */
  noPrometheus?: boolean;
  /** Runs only what the stacks of any app need. */
  platformOnly?: boolean;
  /** Number of brokers, 1 to 3. */
  brokers?: number | undefined;
  onEvent: (event: FromSupervisor) => void;
  signal?: AbortSignal;
}): Promise<Platform> {
  const { stateDir, onEvent } = options;
  refuseSecondPlatform(stateDir);
  await stopLeftovers(stateDir);
  mkdirSync(stateDir, { recursive: true });
  const log = openSync(path.join(stateDir, 'supervisor.log'), 'w');
  const args = [
    ...['--state-dir', stateDir],
    ...(options.anyPorts ? ['--any-ports'] : []),
    ...(options.firstPort === undefined ? [] : ['--ports', String(options.firstPort)]),
    ...(options.noPrometheus ? ['--no-prometheus'] : []),
    ...(options.platformOnly ? ['--platform-only'] : []),
    ...(options.brokers === undefined ? [] : ['--brokers', String(options.brokers)]),
  ];
  const supervisor = fork(path.join(projectRoot, 'localstack/platform/supervisor.ts'), args, {
    execPath: projectNode,
    execArgv: ['--disable-warning=TimeoutNegativeWarning', '--max-semi-space-size=2'],
    env: { ...process.env, ...leanAllocator },
    detached: true, // Ctrl-C reaches only this process, which then stops the supervisor
    stdio: ['ignore', log, log, 'ipc'],
  });
  const exited = new Promise<void>((resolve) => supervisor.once('exit', () => resolve()));
  const stop = async () => {
    send(supervisor, { type: 'stop' });
    await exited;
    await stopLeftovers(stateDir);
  };

  const outcome = Promise.withResolvers<Endpoints>();
  const gone = Promise.withResolvers<never>();
  gone.promise.catch(() => undefined); // the same failure rejects `outcome`
  const fail = (error: Error) => {
    outcome.reject(error);
    gone.reject(error);
  };
  supervisor.on('message', (event: FromSupervisor) => {
    onEvent(event);
    if (event.type === 'ready') outcome.resolve(event.endpoints);
    if (event.type === 'failed') fail(new Error(event.message));
    if (event.type === 'stopped-elsewhere') fail(new StoppedElsewhere());
  });
  void exited.then(async () => {
    await stopLeftovers(stateDir); // there are none unless the supervisor was killed
    fail(new Error(`The supervisor ended. Its log is ${path.join(stateDir, 'supervisor.log')}`));
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

/** Stops the platform of `stateDir`, whichever process started it. Returns false when none was running. */
export async function stopPlatform(stateDir: string): Promise<boolean> {
  const records = processList(stateDir).read();
  const supervisor = records.find(({ name }) => name === 'supervisor');
  const ran = records.some(isAlive);
  if (supervisor) await endProcess(supervisor);
  await stopLeftovers(stateDir);
  return ran;
}

/** @throws Error when a platform is running in `stateDir` */
export function refuseSecondPlatform(stateDir: string): void {
  const supervisor = processList(stateDir)
    .read()
    .find(({ name }) => name === 'supervisor');
  if (supervisor && isAlive(supervisor)) {
    throw new Error(
      `The platform is already running (supervisor ${supervisor.pid}). \`npm stop\` stops it, \`npm run status\` shows it.`,
    );
  }
}

/** Stops the processes that a killed supervisor left running, and removes its files. */
async function stopLeftovers(stateDir: string): Promise<void> {
  const list = processList(stateDir);
  for (const record of list.read().reverse()) await endProcess(record);
  rmSync(path.join(stateDir, 'run'), { recursive: true, force: true });
  removeEndpoints(stateDir);
  list.clear();
}
