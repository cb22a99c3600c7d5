import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Credentials, isLoopback } from './aws.ts';

export type Config = {
  endpoint: URL;
  region: string;
  credentials: Credentials;
  brokers: string[] | undefined;
  fromTemplates: boolean;
  metricsPort: number | undefined;
  maxConcurrency: number;
  metadataMaxAgeMs: number;
  verbose: boolean;
};

const METADATA_MAX_AGE_MS = 30_000;

export const USAGE = `Polls Kafka for the event source mappings of a Lambda API and invokes their functions, as AWS does.

  isobar-kafka-poller --endpoint-url URL [options]

  --endpoint-url URL     the Lambda API, e.g. http://127.0.0.1:4566
  --region NAME          default: AWS_REGION, or us-east-1
  --brokers A:P,B:P      use these brokers, without TLS, whatever the mappings say
  --from-templates       read the mappings from the deployed CloudFormation templates, for an endpoint
                         whose Lambda API does not store Kafka mappings
  --metrics-port N       serve /metrics and /healthz on 127.0.0.1:N (0: any free port)
  --max-concurrency N    the most concurrent invokes per mapping, not counting those that take more than
                         a second; default: the number of cores
  --metadata-max-age-ms N
                         how long the leaders and the number of partitions are cached;
                         default: ${METADATA_MAX_AGE_MS}
  --verbose              log debug lines too
  --help                 print this text

Credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. They may be absent if the endpoint is
on this machine.
`;

/** Returns undefined when help was asked for. Throws an error that names the wrong option. */
export function readConfig(args: string[], env: NodeJS.ProcessEnv): Config | undefined {
  const { values } = parseArgs({
    args,
    options: {
      'endpoint-url': { type: 'string' },
      region: { type: 'string' },
      brokers: { type: 'string' },
      'from-templates': { type: 'boolean' },
      'metrics-port': { type: 'string' },
      'max-concurrency': { type: 'string' },
      'metadata-max-age-ms': { type: 'string' },
      verbose: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const url = values['endpoint-url'];
  if (url === undefined) throw new Error('--endpoint-url is missing');
  if (!URL.canParse(url)) throw new Error(`--endpoint-url ${url} is not a URL`);
  const endpoint = new URL(url);
  return {
    endpoint,
    region: values.region ?? env.AWS_REGION ?? 'us-east-1',
    credentials: credentialsFor(endpoint, env),
    brokers: values.brokers?.split(',').filter((broker) => broker !== ''),
    fromTemplates: values['from-templates'] ?? false,
    metricsPort: integer('--metrics-port', values['metrics-port'], 0),
    maxConcurrency: integer('--max-concurrency', values['max-concurrency'], 1) ?? availableParallelism(),
    metadataMaxAgeMs:
      integer('--metadata-max-age-ms', values['metadata-max-age-ms'], 1) ?? METADATA_MAX_AGE_MS,
    verbose: values.verbose ?? false,
  };
}

function credentialsFor(endpoint: URL, env: NodeJS.ProcessEnv): Credentials {
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId && secretAccessKey) {
    return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  }
  if (!isLoopback(endpoint.hostname)) {
    throw new Error(
      'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set for an endpoint that is not on this machine',
    );
  }
  return { accessKeyId: 'test', secretAccessKey: 'test' };
}

function integer(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < least)
    throw new Error(`${name} ${value}: it must be a whole number of at least ${least}`);
  return parsed;
}
