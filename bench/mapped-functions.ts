import { randomUUID } from 'node:crypto';
import {
  CreateEventSourceMappingCommand,
  CreateFunctionCommand,
  DeleteEventSourceMappingCommand,
  GetFunctionCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import type { Endpoints } from '../localstack/endpoints.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { storedZip } from './stored-zip.ts';

type Platform = Pick<Endpoints, 'awsEndpointUrl' | 'region' | 'kafkaBrokers' | 'pollerMetricsUrl'>;

/** Creates functions from source text, and Kafka mappings that invoke them. */
export function mappedFunctions(platform: Platform) {
  const lambda = new LambdaClient(localAccount(platform));
  return {
    async createFunction(code: string): Promise<string> {
      const FunctionName = `bench-${randomUUID()}`;
      await lambda.send(
        new CreateFunctionCommand({
          FunctionName,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: 'arn:aws:iam::000000000000:role/bench',
          MemorySize: 1024,
          Timeout: 60,
          Code: { ZipFile: storedZip('index.js', code) },
        }),
      );
      const isActive = async () =>
        (await lambda.send(new GetFunctionCommand({ FunctionName }))).Configuration?.State === 'Active';
      await waitFor(`${FunctionName} to be active`, isActive, { deadlineMs: 60_000, everyMs: 50 });
      return FunctionName;
    },

    /** Maps a topic from its first record on. Returns the id of the mapping. */
    async createMapping(FunctionName: string, topic: string): Promise<string> {
      const { UUID = '' } = await lambda.send(
        new CreateEventSourceMappingCommand({
          FunctionName,
          Topics: [topic],
          StartingPosition: 'TRIM_HORIZON',
          BatchSize: 10_000,
          MaximumBatchingWindowInSeconds: 0,
          // The API requires an access configuration. For brokers without authentication, a network is one.
          SourceAccessConfigurations: [
            { Type: 'VPC_SUBNET', URI: 'subnet:subnet-12345678' },
            { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-12345678' },
          ],
          SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [...platform.kafkaBrokers] } },
        }),
      );
      return UUID;
    },

    deleteMapping: (UUID: string) => lambda.send(new DeleteEventSourceMappingCommand({ UUID })),

    close: () => lambda.destroy(),
  };
}
