import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './setup/tools.mjs';

/** The addresses of the running platform, as written to `.isobar/endpoints.json` for other tools. */
export interface Endpoints {
  readonly awsEndpointUrl: string;
  readonly region: string;
  /** host:port */
  readonly kafkaBrokers: readonly string[];
  /** The database of the stacks, for the superuser; that of the superuser where only the platform runs. */
  readonly postgresUrl: string;
  /** The page that shows the platform. Empty where only the platform runs. */
  readonly consoleUrl: string;
  /** Receives the messages for Slack. The console shows them. Empty where only the platform runs. */
  readonly slackInboxUrl: string;
  /** Prometheus metrics of the Kafka poller. */
  readonly pollerMetricsUrl: string;
  /** Prometheus's own address. Empty when the platform runs without. */
  readonly prometheusUrl: string;
  /** Empty until the stacks are deployed. */
  readonly lakeBucket: string;
  readonly incomingPrefix: string;
  /** The HTTP API, with a trailing slash. Empty until the stacks are deployed. */
  readonly apiUrl: string;
  /** The folder with the templates and the code that are deployed. Not set until they are. */
  readonly assembly?: string;
  /** Set where only the platform runs, for the stacks of another app. */
  readonly platformOnly?: true;
}

/** The folder of the platform of `npm start`: its data, logs and process list. Tests use other folders. */
export const defaultStateDir = path.join(projectRoot, '.isobar');

const fileOf = (stateDir: string) => path.join(stateDir, 'endpoints.json');

/** The endpoints of the platform running in `stateDir`, or undefined when none is running. */
export function readEndpoints(stateDir = defaultStateDir): Endpoints | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(stateDir), 'utf8')) as Endpoints;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`Cannot read ${fileOf(stateDir)}: \`npm run reset\` removes it`, { cause: error });
  }
}

export function writeEndpoints(endpoints: Endpoints, stateDir = defaultStateDir): void {
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(`${fileOf(stateDir)}.new`, `${JSON.stringify(endpoints, null, 2)}\n`);
  renameSync(`${fileOf(stateDir)}.new`, fileOf(stateDir));
}

export const removeEndpoints = (stateDir: string) => rmSync(fileOf(stateDir), { force: true });
