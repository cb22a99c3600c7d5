import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  jsonataJars,
  localstackVenv,
  projectNode,
  runtimeModules,
  sparkJars,
  sparkVenv,
} from '../setup/tools.mjs';
import { startDeadlineMs, waitFor } from '../wait-for.ts';

/** The LocalStack services that the stacks use. */
const services =
  'athena cloudformation cloudwatch ec2 events glue iam kafka lambda logs rds s3 secretsmanager sns sqs ssm stepfunctions sts'.split(
    ' ',
  );

/**
 * How long the process of a function waits for its next invocation: longer than a minute, so that what runs
 * each minute stays warm. LocalStack's ten minutes keep a process for everything that ever ran.
 */
const idleFunctionMs = 75_000;

/** The command that runs LocalStack with our extension as a plain process, with all its files below `dir`. */
export function emulatorCommand(
  dir: string,
  engines: {
    port: number;
    kafkaBrokers: readonly string[];
    postgresUrl: string;
    java: string;
    skippedResourceTypes: readonly string[];
  },
) {
  const home = path.join(dir, 'localstack');
  const tmp = path.join(home, 'tmp');
  mkdirSync(tmp, { recursive: true });
  // The code of functions is unpacked below. Without this file, Node would treat it as ES modules, like this
  // project.
  writeFileSync(path.join(home, 'package.json'), '{}');
  const address = `127.0.0.1:${engines.port}`;
  return {
    command: path.join(localstackVenv, 'bin/python'),
    args: ['-m', 'localstack.runtime.main'],
    cwd: home,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: tmp,
      // Otherwise LocalStack may treat this machine as its container and write to /var/lib.
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: home,
      GATEWAY_LISTEN: address,
      // The default server listens on all interfaces.
      GATEWAY_SERVER: 'bound',
      LOCALSTACK_HOST: address,
      // Host names below localhost.localstack.cloud do not resolve offline.
      SQS_ENDPOINT_STRATEGY: 'path',
      DISABLE_EVENTS: '1',
      // The default level logs every call, and the poller calls every second.
      LS_LOG: 'warning',
      SKIP_SSL_CERT_DOWNLOAD: '1',
      // Loads all services while Kafka starts, not one by one during the deploy.
      EAGER_SERVICE_LOADING: '1',
      // Calls from service to service stay in the process, instead of going through its own port.
      IN_MEMORY_CLIENT: '1',
      STRICT_SERVICE_LOADING: '0',
      SERVICES: services.join(','),
      LAMBDA_RUNTIME_EXECUTOR: 'subprocess',
      LAMBDA_KEEPALIVE_MS: String(idleFunctionMs),
      PROVIDER_OVERRIDE_STEPFUNCTIONS: 'isobar',
      ISOBAR_NODE: projectNode,
      ISOBAR_RUNTIME_MODULES: runtimeModules,
      ISOBAR_KAFKA_BROKERS: engines.kafkaBrokers.join(','),
      ISOBAR_POSTGRES_URL: engines.postgresUrl,
      ISOBAR_JAVA: engines.java,
      ISOBAR_SPARK_PYTHON: path.join(sparkVenv, 'bin/python'),
      ISOBAR_SPARK_JARS: sparkJars,
      ISOBAR_JSONATA_JARS: jsonataJars,
      ISOBAR_SKIPPED_RESOURCE_TYPES: engines.skippedResourceTypes.join(','),
    },
  };
}

export async function emulatorAnswers(url: string): Promise<true> {
  return waitFor('LocalStack to answer', async () => (await fetch(`${url}/_localstack/health`)).ok, {
    deadlineMs: startDeadlineMs,
  }).then(() => true);
}
