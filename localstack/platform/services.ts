import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { foundPrograms, projectNode, projectRoot } from '../setup/tools.mjs';
import { startDeadlineMs, waitFor } from '../wait-for.ts';
import { type BrokerNode, prepareBroker } from './broker/broker.ts';
import { emulatorAnswers, emulatorCommand } from './emulator.ts';
import { postgresAnswers, postgresUrl, preparePostgres, unlockPostgres } from './postgres.ts';
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
};
export type Ports = typeof wellKnownPorts;

const region = 'us-east-1';
const killed = { endSignal: 'SIGKILL', graceMs: 0 } as const;
const environment = { PATH: process.env.PATH, LANG: 'C.UTF-8' };

const httpAnswers = (what: string, url: string) => () =>
  waitFor(`${what} to answer`, async () => (await fetch(url)).ok, { deadlineMs: startDeadlineMs }).then(
    () => true as const,
  );

async function brokerAnswers(broker: string): Promise<true> {
  const admin = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
  const cluster = () => admin.connect().then(() => admin.describeCluster());
  try {
    await waitFor(`the brokers to form a cluster`, async () => (await cluster()).brokers.length === 3, {
      deadlineMs: startDeadlineMs,
    });
    return true;
  } finally {
    await admin.disconnect();
  }
}

/** All services of the local platform on these ports, in start order, with their data below `dir`. */
export function localServices(ports: Ports, dir: string): Service[] {
  const nodes: BrokerNode[] = [
    { id: 1, port: ports.broker1, controllerPort: ports.controller1 },
    { id: 2, port: ports.broker2, controllerPort: ports.controller2 },
    { id: 3, port: ports.broker3, controllerPort: ports.controller3 },
  ];
  const kafkaBrokers = nodes.map(({ port }) => `127.0.0.1:${port}`);
  const awsEndpointUrl = `http://127.0.0.1:${ports.localstack}`;
  const node = (script: string, args: readonly string[], flags: readonly string[] = []): Command => ({
    command: projectNode,
    args: ['--disable-warning=TimeoutNegativeWarning', ...flags, path.join(projectRoot, script), ...args],
    cwd: dir,
    env: environment,
  });

  const brokers = nodes.map(
    (broker): Service => ({
      name: `broker-${broker.id}`,
      address: `127.0.0.1:${broker.port}`,
      prepare: async () => {
        const { java } = foundPrograms();
        const { home, format, run } = prepareBroker(broker, nodes, dir);
        await promisify(execFile)(java, format, { env: environment });
        return { command: java, args: run, cwd: home, env: environment };
      },
      answers: () => brokerAnswers(`127.0.0.1:${broker.port}`),
      after: [],
      ...killed,
      restarts: true,
    }),
  );

  return [
    {
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
    },
    ...brokers,
    {
      name: 'postgres',
      address: `127.0.0.1:${ports.postgres}`,
      prepare: async () => {
        const { file, args, cwd } = await preparePostgres(dir, ports.postgres);
        return { command: file, args, cwd, env: environment };
      },
      answers: () => postgresAnswers(postgresUrl(ports.postgres)),
      after: [],
      endSignal: 'SIGQUIT', // ends at once and frees its shared memory
      graceMs: 5_000,
      restarts: true,
      cleanUp: () => unlockPostgres(dir),
    },
    {
      name: 'slack-inbox',
      address: `http://127.0.0.1:${ports.slackInbox}`,
      prepare: async () => node('localstack/slack-inbox/main.ts', ['--port', String(ports.slackInbox)]),
      answers: httpAnswers('the Slack inbox', `http://127.0.0.1:${ports.slackInbox}/messages`),
      after: [],
      endSignal: 'SIGTERM',
      graceMs: 2_000,
      restarts: true,
    },
    {
      name: 'kafka-poller',
      address: `http://127.0.0.1:${ports.poller}/metrics`,
      prepare: async () => {
        const args = [
          '--endpoint-url',
          awsEndpointUrl,
          '--region',
          region,
          '--metrics-port',
          String(ports.poller),
        ];
        // Otherwise the young generation of V8 grows to 128 MB.
        return node('localstack/kafka-poller/main.ts', args, ['--max-semi-space-size=2']);
      },
      answers: httpAnswers('the Kafka poller', `http://127.0.0.1:${ports.poller}/healthz`),
      after: ['localstack'],
      endSignal: 'SIGTERM',
      graceMs: 15_000,
      restarts: true,
    },
  ];
}

/** Where the services listen. The bucket, the API and the database exist only after the deploy. */
export const endpointsOf = (ports: Ports) => ({
  awsEndpointUrl: `http://127.0.0.1:${ports.localstack}`,
  region,
  kafkaBrokers: [ports.broker1, ports.broker2, ports.broker3].map((port) => `127.0.0.1:${port}`),
  postgresUrl: postgresUrl(ports.postgres, 'isobar'),
  slackInboxUrl: `http://127.0.0.1:${ports.slackInbox}`,
  pollerMetricsUrl: `http://127.0.0.1:${ports.poller}/metrics`,
  lakeBucket: '',
  apiUrl: '',
  incomingPrefix: 'incoming/observations/',
});
