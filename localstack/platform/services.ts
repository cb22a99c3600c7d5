import path from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { Endpoints } from '../endpoints.ts';
import { foundPrograms, projectNode, projectRoot } from '../setup/tools.mjs';
import { startDeadlineMs, waitFor } from '../wait-for.ts';
import { type BrokerNode, prepareBroker } from './broker/broker.ts';
import { emulatorAnswers, emulatorCommand } from './emulator.ts';
import { postgresAnswers, postgresUrl, preparePostgres, unlockPostgres } from './postgres.ts';
import { leanAllocator } from './processes.ts';
import { preparePrometheus } from './prometheus.ts';
import { skippedLocally } from './skipped-resources.ts';

/** A program of the platform: how it is prepared, started, checked and stopped. */
export interface Service {
  readonly name: string;
  readonly address: string;
  /**
   * Prepares the files and returns the command. Called once: a restart runs the same command on the same
   * files.
   */
  readonly prepare: () => Promise<Command>;
  readonly answers: () => Promise<true>;
  /** Names of services that must answer before this one starts. */
  readonly after: readonly string[];
  readonly endSignal: NodeJS.Signals;
  /** The time for an orderly end. With 0 it is killed at once: its data is discarded anyway. */
  readonly graceMs: number;
  /**
   * Whether the supervisor restarts it after a crash. LocalStack is not restarted: its state would be lost.
   */
  readonly restarts: boolean;
  /** Called before a restart: removes what a crash may have left behind. */
  readonly cleanUp?: () => void;
}

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Record<string, string | undefined>;
}

export const wellKnownPorts = {
  localstack: 4566,
  broker1: 9092,
  broker2: 9093,
  broker3: 9094,
  controller1: 0,
  controller2: 0,
  controller3: 0,
  postgres: 5432,
  slackInbox: 8066,
  poller: 9308,
  console: 8065,
  prometheus: 9090,
  brokerMetrics1: 0,
  brokerMetrics2: 0,
  brokerMetrics3: 0,
};
export type Ports = typeof wellKnownPorts;

const region = 'us-east-1';
const killed = { endSignal: 'SIGKILL', graceMs: 0 } as const;
const environment = {
  PATH: process.env.PATH,
  LANG: 'C.UTF-8',
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
};

/** What of the platform runs. */
export interface PlatformParts {
  /** The path of Prometheus, where there is one. */
  readonly prometheus?: string | undefined;
  /** Without what only the stacks of Isobar need: console, Slack inbox, Prometheus. */
  readonly platformOnly?: boolean;
  /** Number of brokers, 1 to 3. */
  readonly brokers?: number;
}

/** Where the services listen. The bucket, the API and the database exist only after the deploy. */
export const endpointsOf = (
  ports: Ports,
  { prometheus, platformOnly = false, brokers = 3 }: PlatformParts = {},
): Endpoints => ({
  awsEndpointUrl: `http://127.0.0.1:${ports.localstack}`,
  region,
  kafkaBrokers: [ports.broker1, ports.broker2, ports.broker3]
    .slice(0, brokers)
    .map((port) => `127.0.0.1:${port}`),
  postgresUrl: platformOnly ? postgresUrl(ports.postgres) : postgresUrl(ports.postgres, 'isobar'),
  consoleUrl: platformOnly ? '' : `http://127.0.0.1:${ports.console}`,
  slackInboxUrl: platformOnly ? '' : `http://127.0.0.1:${ports.slackInbox}`,
  pollerMetricsUrl: `http://127.0.0.1:${ports.poller}/metrics`,
  prometheusUrl: platformOnly || prometheus === undefined ? '' : `http://127.0.0.1:${ports.prometheus}`,
  lakeBucket: '',
  apiUrl: '',
  incomingPrefix: 'incoming/observations/',
  ...(platformOnly ? { platformOnly } : {}),
});

/**
 * All services of the local platform on these ports, in start order, with their data below `dir`.
 * `stateDir` is the folder of the platform.
 */
export function localServices(
  ports: Ports,
  dir: string,
  stateDir: string,
  parts: PlatformParts = {},
): Service[] {
  const { prometheus, platformOnly = false, brokers = 3 } = parts;
  const platform = (withMetrics: boolean) => [
    localstackService(ports, dir, parts),
    ...brokerServices(ports, dir, { withMetrics, count: brokers }),
    postgresService(ports, dir),
    pollerService(ports, dir),
  ];
  if (platformOnly) return platform(false);
  return [
    // First, since it shows how the others start.
    consoleService(ports, dir, stateDir),
    // Nobody else than Prometheus reads the agents of the brokers.
    ...platform(prometheus !== undefined),
    slackInboxService(ports, dir),
    ...(prometheus === undefined
      ? []
      : [prometheusService(ports, dir, prometheus), alertRelayService(ports, dir)]),
  ];
}

function localstackService(ports: Ports, dir: string, parts: PlatformParts): Service {
  const { awsEndpointUrl, kafkaBrokers } = endpointsOf(ports, parts);
  return {
    name: 'localstack',
    address: awsEndpointUrl,
    prepare: async () =>
      emulatorCommand(dir, {
        port: ports.localstack,
        kafkaBrokers,
        postgresUrl: postgresUrl(ports.postgres),
        java: foundPrograms().java,
        skippedResourceTypes: Object.keys(skippedLocally),
      }),
    answers: () => emulatorAnswers(awsEndpointUrl),
    after: [],
    ...killed,
    restarts: false,
  };
}

function brokerServices(
  ports: Ports,
  dir: string,
  { withMetrics, count }: { withMetrics: boolean; count: number },
): Service[] {
  const metrics = (metricsPort: number) => (withMetrics ? { metricsPort } : {});
  const all: BrokerNode[] = [
    { id: 1, port: ports.broker1, controllerPort: ports.controller1, ...metrics(ports.brokerMetrics1) },
    { id: 2, port: ports.broker2, controllerPort: ports.controller2, ...metrics(ports.brokerMetrics2) },
    { id: 3, port: ports.broker3, controllerPort: ports.controller3, ...metrics(ports.brokerMetrics3) },
  ];
  const nodes = all.slice(0, count);
  return nodes.map((broker) => ({
    name: `broker-${broker.id}`,
    address: `127.0.0.1:${broker.port}`,
    prepare: async () => {
      const { java } = foundPrograms();
      const { home, run } = prepareBroker(broker, nodes, dir);
      return { command: java, args: run, cwd: home, env: environment };
    },
    answers: () => brokerAnswers(`127.0.0.1:${broker.port}`, count),
    after: [],
    ...killed,
    restarts: true,
  }));
}

function postgresService({ postgres: port }: Ports, dir: string): Service {
  return {
    name: 'postgres',
    address: `127.0.0.1:${port}`,
    prepare: async () => {
      const { file, args, cwd } = await preparePostgres(dir, port);
      return { command: file, args, cwd, env: environment };
    },
    answers: () => postgresAnswers(postgresUrl(port)),
    after: [],
    endSignal: 'SIGQUIT', // ends at once and frees its shared memory
    graceMs: 5_000,
    restarts: true,
    cleanUp: () => unlockPostgres(dir),
  };
}

function slackInboxService(ports: Ports, dir: string): Service {
  const { slackInboxUrl, consoleUrl } = endpointsOf(ports);
  const args = ['--port', String(ports.slackInbox), '--page', `${consoleUrl}/slack`];
  return {
    name: 'slack-inbox',
    address: slackInboxUrl,
    prepare: async () => nodeCommand('localstack/slack-inbox/main.ts', args, dir),
    answers: httpAnswers('the Slack inbox', `${slackInboxUrl}/messages`),
    after: [],
    endSignal: 'SIGTERM',
    graceMs: 2_000,
    restarts: true,
  };
}

function pollerService(ports: Ports, dir: string): Service {
  const { awsEndpointUrl, pollerMetricsUrl } = endpointsOf(ports);
  const args = [
    ...['--endpoint-url', awsEndpointUrl],
    ...['--region', region],
    ...['--metrics-port', String(ports.poller)],
  ];
  // Otherwise the young generation of V8 grows to 128 MB.
  const flags = ['--max-semi-space-size=4'];
  return {
    name: 'kafka-poller',
    address: pollerMetricsUrl,
    // Its buffers are large and many: the common allocator keeps them for the next.
    prepare: async () => ({
      ...nodeCommand('localstack/kafka-poller/main.ts', args, dir, flags),
      env: environment,
    }),
    answers: httpAnswers('the Kafka poller', `http://127.0.0.1:${ports.poller}/healthz`),
    after: ['localstack'],
    endSignal: 'SIGTERM',
    graceMs: 15_000,
    restarts: true,
  };
}

function consoleService(ports: Ports, dir: string, stateDir: string): Service {
  const { consoleUrl } = endpointsOf(ports);
  const args = ['--port', String(ports.console), '--state-dir', path.resolve(stateDir)];
  return {
    name: 'console',
    address: consoleUrl,
    // V8 would let garbage wait: the listing of a lake makes much of it.
    prepare: async () =>
      nodeCommand('localstack/console/main.ts', args, dir, [
        '--max-semi-space-size=2',
        '--max-old-space-size=72',
      ]),
    answers: httpAnswers('the console', `${consoleUrl}/icon.svg`),
    after: [],
    endSignal: 'SIGTERM',
    graceMs: 2_000,
    restarts: true,
  };
}

function prometheusService(ports: Ports, dir: string, program: string): Service {
  const url = `http://127.0.0.1:${ports.prometheus}`;
  return {
    name: 'prometheus',
    address: url,
    prepare: async () => {
      const { home, args } = preparePrometheus(dir, {
        port: ports.prometheus,
        pollerUrl: endpointsOf(ports).pollerMetricsUrl,
        brokerUrls: [ports.brokerMetrics1, ports.brokerMetrics2, ports.brokerMetrics3].map(
          (port) => `http://127.0.0.1:${port}/metrics`,
        ),
      });
      return { command: program, args, cwd: home, env: environment };
    },
    answers: httpAnswers('Prometheus', `${url}/-/ready`),
    after: [],
    ...killed,
    restarts: true,
  };
}

function alertRelayService(ports: Ports, dir: string): Service {
  const prometheusUrl = `http://127.0.0.1:${ports.prometheus}`;
  const args = [
    ...['--prometheus-url', prometheusUrl],
    ...['--endpoint-url', endpointsOf(ports).awsEndpointUrl],
    ...['--region', region],
    ...['--store', path.join(dir, 'told-alerts.json')],
    ...['--console-url', endpointsOf(ports).consoleUrl],
  ];
  return {
    name: 'alert-relay',
    address: '',
    // It does little, and a small heap suffices.
    prepare: async () =>
      nodeCommand('localstack/alert-relay/main.ts', args, dir, ['--max-old-space-size=32']),
    answers: async () => true,
    after: ['prometheus'],
    ...killed,
    restarts: true,
  };
}

const nodeCommand = (
  script: string,
  args: readonly string[],
  cwd: string,
  flags: readonly string[] = [],
): Command => ({
  command: projectNode,
  args: ['--disable-warning=TimeoutNegativeWarning', ...flags, path.join(projectRoot, script), ...args],
  cwd,
  env: { ...environment, ...leanAllocator },
});

const httpAnswers = (what: string, url: string) => () =>
  waitFor(`${what} to answer`, async () => (await fetch(url)).ok, { deadlineMs: startDeadlineMs }).then(
    () => true as const,
  );

async function brokerAnswers(broker: string, count: number): Promise<true> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  const cluster = () => admin.connect().then(() => admin.describeCluster());
  try {
    await waitFor('the brokers to form a cluster', async () => (await cluster()).brokers.length === count, {
      deadlineMs: startDeadlineMs,
    });
    return true;
  } finally {
    await admin.disconnect();
  }
}
