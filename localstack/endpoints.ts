import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './setup/tools.mjs';

/** Where the running platform can be reached; the contents of `.isobar/endpoints.json`, for other tools to use. */
export interface Endpoints {
  readonly awsEndpointUrl: string;
  readonly region: string;
  /** host:port */
  readonly kafkaBrokers: readonly string[];
  /** The database of the stacks, as superuser. */
  readonly postgresUrl: string;
  readonly slackInboxUrl: string;
  /** Prometheus metrics of the Kafka poller. */
  readonly pollerMetricsUrl: string;
  /** Known once the stacks are deployed; until then empty. */
  readonly lakeBucket: string;
  readonly incomingPrefix: string;
  /** The HTTP API, with a slash at its end; known, as the bucket is, once the stacks are deployed. */
  readonly apiUrl: string;
}

/** The folder of a platform: its data, logs and list of processes. The tests use another than `npm start`. */
export const defaultStateDir = path.join(projectRoot, '.isobar');

const fileOf = (stateDir: string) => path.join(stateDir, 'endpoints.json');

/** The endpoints of the platform that runs in `stateDir`, or undefined when none does. */
export function readEndpoints(stateDir = defaultStateDir): Endpoints | undefined {
  try {
    return JSON.parse(readFileSync(fileOf(stateDir), 'utf8')) as Endpoints;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`could not read ${fileOf(stateDir)}`, { cause: error });
  }
}

export function writeEndpoints(endpoints: Endpoints, stateDir = defaultStateDir): void {
  mkdirSync(stateDir, { recursive: true });
  writeFileSync(`${fileOf(stateDir)}.new`, `${JSON.stringify(endpoints, null, 2)}\n`);
  renameSync(`${fileOf(stateDir)}.new`, fileOf(stateDir));
}

export const removeEndpoints = (stateDir: string) => rmSync(fileOf(stateDir), { force: true });
