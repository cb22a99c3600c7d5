import { zstdDecompressSync } from 'node:zlib';
import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  InvokeCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parquetReadObjects } from 'hyparquet';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import { versionOf } from '../../lambdas/shared/incoming/incoming-files.ts';
import { readEndpoints } from '../../localstack/endpoints.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { waitFor } from '../../localstack/wait-for.ts';

export interface LandedRow {
  readonly location: string;
  readonly date_time: Date;
  readonly temperature_c: number;
  readonly source: string | null;
  readonly row: bigint | null;
  readonly _topic: string;
  readonly _partition: number;
  readonly _offset: bigint;
}

/** Opens the platform that `npm test` started and deployed to, with the clients that any user has. */
export function openDeployedPlatform(stateDir = process.env.ISOBAR_TEST_STATE_DIR) {
  const endpoints = stateDir ? readEndpoints(stateDir) : undefined;
  if (!endpoints)
    throw new Error(
      'these tests need the platform that `npm test` starts: run `npm test -- --suite integration`',
    );
  const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 2 });
  // An idle connection may break, when a test restores the database. The next query opens a new one.
  pool.on('error', () => {});
  const account = localAccount(endpoints);
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const lambda = new LambdaClient(account);
  const kafka = new Kafka({ brokers: [...endpoints.kafkaBrokers], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();

  const rows = async <Row>(sql: string, values: unknown[] = []) =>
    (await pool.query(sql, values)).rows as Row[];
  const landedRows = async (): Promise<LandedRow[]> => {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket: endpoints.lakeBucket, Prefix: 'raw/observations/' }),
    );
    const objects = await Promise.all(
      Contents.map(async ({ Key }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: endpoints.lakeBucket, Key }));
        const file = await Body?.transformToByteArray();
        return (await parquetReadObjects({
          file: new Uint8Array(file ?? []).buffer,
          compressors: { ZSTD: (input) => zstdDecompressSync(input) },
        })) as unknown as LandedRow[];
      }),
    );
    return objects.flat();
  };

  const drop = async (Key: string, content: string | Buffer) => {
    const { ETag } = await s3.send(
      new PutObjectCommand({ Bucket: endpoints.lakeBucket, Key, Body: Buffer.from(content) }),
    );
    return versionOf(Key, ETag ?? '').source;
  };

  return {
    endpoints,
    rows,
    landedRows,
    put: async (key: string, content: string) => {
      await s3.send(new PutObjectCommand({ Bucket: endpoints.lakeBucket, Key: key, Body: content }));
    },
    read: async (Key: string) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: endpoints.lakeBucket, Key }));
      return Body?.transformToString();
    },
    remove: async (Key: string) => {
      await s3.send(new DeleteObjectCommand({ Bucket: endpoints.lakeBucket, Key }));
    },
    /** Puts a new version of a secret. The previous version stays readable. */
    rotate: async (SecretId: string, SecretString: string) => {
      const secrets = new SecretsManagerClient(account);
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
      secrets.destroy();
    },
    dropFile: (name: string, content: string | Buffer) => drop(`${endpoints.incomingPrefix}${name}`, content),
    dropLabels: (name: string, content: string) => drop(`incoming/labels/${name}`, content),
    send: async (
      topic: string,
      messages: { key?: string; value: string | Buffer | null; partition?: number }[],
    ) => {
      await producer.connect();
      return producer.send({ topic, acks: -1, messages });
    },
    /**
     * Waits until no other test file holds the fraud models, and holds them: those that score and those that
     * are compared. Returns how to let go. A process that ends lets go, too.
     */
    holdFraudModels: async (): Promise<() => Promise<void>> => {
      const holder = new pg.Client({ connectionString: endpoints.postgresUrl });
      holder.on('error', () => {}); // as above
      await holder.connect();
      await holder.query("select pg_advisory_lock(hashtext('fraud models of the tests'))");
      return () => holder.end();
    },
    /** Invokes the function, and returns its error type, if any. */
    invoke: async (folder: string): Promise<string | undefined> =>
      (await lambda.send(new InvokeCommand({ FunctionName: `isobar-local-${folder}`, Payload: '{}' })))
        .FunctionError,
    /** Changes the function's Kafka event source mapping while `work` runs. */
    withMapping: async <T>(
      folder: string,
      change: Pick<EventSourceMappingConfiguration, 'MaximumRetryAttempts'>,
      work: () => Promise<T>,
    ): Promise<T> => {
      const FunctionName = `isobar-local-${folder}`;
      const { EventSourceMappings } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }));
      const before = EventSourceMappings?.find(({ Topics }) => Topics !== undefined);
      if (!before?.UUID) throw new Error(`${folder} has no Kafka event source mapping`);
      const { UUID, MaximumRetryAttempts } = before;
      const update = async (values: typeof change) => {
        await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...values }));
        const isEnabled = async () =>
          (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State === 'Enabled';
        await waitFor(`the mapping of ${folder} to be changed`, isEnabled, { deadlineMs: 45_000 });
      };
      await update(change);
      try {
        return await work();
      } finally {
        await update({ MaximumRetryAttempts });
      }
    },
    /** Waits until the file is ingested, and returns its row counts. */
    ingested: (source: string) =>
      waitFor(
        `${source} to be ingested`,
        async () =>
          (
            await rows<{ rows_read: string; rows_valid: string; rows_invalid: string }>(
              'select * from ingested_files where source = $1 and ingested_at is not null',
              [source],
            )
          )[0],
        // On a busy machine, a first call waits for a cold start.
        { deadlineMs: 120_000, everyMs: 250 },
      ),
    close: async () => {
      await producer.disconnect();
      await pool.end();
      s3.destroy();
      lambda.destroy();
    },
  };
}
