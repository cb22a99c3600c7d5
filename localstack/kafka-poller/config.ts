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
  --brokers A:P,B:P      use these brokers, in plain text, whatever the mappings say
  --from-templates       read the mappings from the deployed CloudFormation templates, for an endpoint whose
                         Lambda API does not keep Kafka mappings
  --metrics-port N       serve /metrics and /healthz on 127.0.0.1:N (0: any free port)
  --max-concurrency N    most invokes at once per mapping, those that take more than a second not counted;
                         default: the number of cores
  --metadata-max-age-ms N
                         how long it may take until it learns that a partition is led by another broker, or that there
                         are more partitions; default: ${METADATA_MAX_AGE_MS}
  --verbose              log what is only of use in debugging
  --help                 this text

Credentials come from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; on loopback they may be absent.
`;

/** Undefined when help was asked for. Throws an error that names what is wrong. */
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
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are needed for an endpoint beyond loopback');
  }
  return { accessKeyId: 'test', secretAccessKey: 'test' };
}

function integer(name: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (!Number.isInteger(parsed) || parsed < least)
    throw new Error(`${name} ${value} is not a number ≥ ${least}`);
  return parsed;
}
