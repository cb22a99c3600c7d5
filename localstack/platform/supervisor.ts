// The supervisor process: starts the services, restarts crashed ones, and stops all of them on request or
// when the process that forked it is gone. `platform.ts` is the other end of its channel.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { removeEndpoints, writeEndpoints } from '../endpoints.ts';
import { startTimeOf } from '../setup/process-lock.mjs';
import { findPrometheus } from '../setup/tools.mjs';
import type { FromSupervisor, ToSupervisor } from './platform.ts';
import { choosePorts, lastPorts, pinPorts, preferredPorts, rememberPorts } from './ports.ts';
import { endProcess, type ProcessRecord, processList, startProcess } from './processes.ts';
import { endpointsOf, localServices, type Ports, type Service, wellKnownPorts } from './services.ts';
import { storeSlackWebhook } from './slack-webhook.ts';

const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    'any-ports': { type: 'boolean', default: false },
    ports: { type: 'string' },
    'no-prometheus': { type: 'boolean', default: false },
    'platform-only': { type: 'boolean', default: false },
    brokers: { type: 'string', default: '3' },
  },
});
const stateDir = values['state-dir'];
if (!stateDir)
  throw new Error(
    '--state-dir is missing: give the folder for the data, logs and process list of the platform',
  );

const dataDir = path.join(stateDir, 'run');
const logsDir = path.join(stateDir, 'logs');
const list = processList(stateDir);
const running = new Map<Service, ProcessRecord>();
let stopping: Promise<void> | undefined;
let kept = false;

const notify = (message: FromSupervisor) => {
  if (process.connected) process.send?.(message);
};

/** Stops the services in reverse start order, and removes their files except the logs. */
function stop(exitCode: number): Promise<void> {
  stopping ??= (async () => {
    for (const record of [...running.values()].reverse()) await endProcess(record);
    rmSync(dataDir, { recursive: true, force: true });
    removeEndpoints(stateDir as string);
    list.clear();
    process.exit(exitCode);
  })();
  return stopping;
}

async function start(service: Service): Promise<void> {
  const { command, args, cwd, env } = await service.prepare();
  const run = () => {
    const child = startProcess({ name: service.name, command, args, cwd, env, logsDir });
    const { name, address, endSignal, graceMs } = service;
    const record = {
      name,
      pid: child.pid,
      startTime: startTimeOf(child.pid) ?? '',
      address,
      endSignal,
      graceMs,
    };
    running.set(service, record);
    list.add(record);
    child.once('exit', (code, signal) => void onExit(service, run, `${signal ?? `exit code ${code}`}`));
  };
  if (stopping) return;
  run();
  await service.answers();
}

async function onExit(service: Service, run: () => void, how: string): Promise<void> {
  running.delete(service);
  if (stopping) return;
  if (!service.restarts || !ready) {
    notify({
      type: 'failed',
      message: `${service.name} ended unexpectedly (${how}). Its log is ${path.join(logsDir, `${service.name}.log`)}`,
    });
    await stop(1);
    return;
  }
  notify({ type: 'restarted', service: service.name, how });
  await delay(1_000); // a service that cannot start must not keep a core busy
  if (stopping) return;
  service.cleanUp?.();
  run();
}

async function startAll(services: readonly Service[]): Promise<void> {
  const begun = Date.now();
  const up = new Map<string, Promise<void>>();
  for (const service of services) {
    const before = Promise.all(service.after.map((name) => up.get(name)));
    up.set(
      service.name,
      before
        .then(() => start(service))
        .then(() => {
          const { name, address } = service;
          notify({ type: 'up', service: name, address, ms: Date.now() - begun });
        }),
    );
  }
  await Promise.all(up.values());
}

process.on('message', (message: ToSupervisor) => {
  if (message.type === 'keep') kept = true;
  else void stop(0);
});
process.on('disconnect', () => {
  if (!kept) void stop(0);
});
process.on('SIGTERM', () => {
  // Before the services end: whoever waits for one of them would tell that its connection is refused.
  if (!stopping) notify({ type: 'stopped-elsewhere' });
  void stop(0);
});
process.on('SIGINT', () => void stop(0));

async function portsOf(stateDir: string): Promise<Ports> {
  const names = Object.keys(wellKnownPorts) as (keyof Ports)[];
  if (values['any-ports']) return choosePorts(Object.fromEntries(names.map((name) => [name, 0])) as Ports);
  if (values.ports !== undefined) return pinPorts(names, Number(values.ports));
  const preferred = preferredPorts(wellKnownPorts, lastPorts(stateDir));
  const ports = await choosePorts(preferred);
  rememberPorts(stateDir, ports);
  for (const name of names)
    if (preferred[name] > 0 && ports[name] !== preferred[name])
      notify({ type: 'port-moved', service: name, from: preferred[name], to: ports[name] });
  return ports;
}

let ready = false;
rmSync(dataDir, { recursive: true, force: true });
rmSync(logsDir, { recursive: true, force: true });
mkdirSync(dataDir, { recursive: true });
const startTime = startTimeOf(process.pid) ?? '';
list.add({
  name: 'supervisor',
  pid: process.pid,
  startTime,
  address: '',
  endSignal: 'SIGTERM',
  graceMs: 30_000,
});
try {
  const ports = await portsOf(stateDir);
  const parts = {
    prometheus: values['no-prometheus'] ? undefined : findPrometheus()?.prometheus,
    platformOnly: values['platform-only'],
    brokers: Number(values.brokers),
  };
  const services = localServices(ports, dataDir, stateDir, parts);
  await startAll(services);
  ready = true;
  const endpoints = endpointsOf(ports, parts);
  if (!parts.platformOnly) await storeSlackWebhook(endpoints);
  writeEndpoints(endpoints, stateDir);
  notify({ type: 'ready', endpoints });
} catch (error) {
  notify({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  await stop(1);
}
