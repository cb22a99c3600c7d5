import { S3Client } from '@aws-sdk/client-s3';
import type { Env } from '../../lambdas/shared/aws/env.ts';
import { type KafkaOptions, openKafka } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { connectDatabase, type DatabaseOptions } from '../../lambdas/shared/postgres/database.ts';
import { readConfig } from '../../lambdas/weather/land-observations/config.ts';
import type { Endpoints } from '../../localstack/endpoints.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { lakeObjects } from './lake-objects.ts';
import { ledgerTables, nextOffsets } from './ledger-tables.ts';
import type { Ports, TopicEnds } from './ports.ts';
import { topicEnds, topicRecords } from './topic-records.ts';

/** The consumer that lands a topic, and the topic for its rejections. */
export interface Landing {
  readonly consumer: string;
  readonly topic: string;
  readonly errorTopic: string;
}

export const landing: Landing = {
  consumer: 'land-observations',
  topic: topics.weatherData.name,
  errorTopic: topics.errorData.name,
};

/** The lake, the ledger and the brokers of one landing. */
export interface Target {
  readonly s3: () => S3Client;
  readonly lakeBucket: string;
  readonly database: DatabaseOptions;
  readonly kafka: KafkaOptions;
}

export const localTarget = (endpoints: Endpoints): Target => {
  const { hostname: host, port, username: user, password, pathname } = new URL(endpoints.postgresUrl);
  return {
    s3: () => new S3Client({ ...localAccount(endpoints), forcePathStyle: true }),
    lakeBucket: endpoints.lakeBucket,
    database: {
      credentials: async () => ({ host, port: Number(port), user, password, database: pathname.slice(1) }),
    },
    kafka: { brokers: [...endpoints.kafkaBrokers], auth: 'none' },
  };
};

/** The target in the environment of the function `land-observations`. */
export const environmentTarget = (env: Env): Target => ({ s3: () => new S3Client(), ...readConfig(env) });

export interface OpenTarget extends Ports {
  /** Whether the ledger has reached the end of the topic on every partition. */
  readonly isDrained: () => Promise<boolean>;
  readonly close: () => Promise<void>;
}

export async function openTarget(
  { s3: openS3, lakeBucket, database, kafka }: Target,
  { topic, consumer, errorTopic }: Landing = landing,
): Promise<OpenTarget> {
  const s3 = openS3();
  const tables = connectDatabase(database);
  const client = await openKafka(kafka);
  const admin = client.admin({ retry: { retries: 3 } });
  const close = async () => {
    await Promise.all([admin.disconnect(), tables.close()]);
    s3.destroy();
  };
  try {
    await admin.connect();
  } catch (cause) {
    await close();
    throw new Error(`Connecting to the brokers ${kafka.brokers.join(', ')} failed`, { cause });
  }
  const isDone = async (group: string, of: string) =>
    isAtEnd(await nextOffsets(tables, group, of), await topicEnds(admin, of));

  return {
    ...ledgerTables(tables, { consumer, topic }),
    ...lakeObjects(s3, lakeBucket),
    topicEnds: () => topicEnds(admin, topic),
    visitRecords: topicRecords(client, admin, topic),
    areErrorsStored: () => isDone('record-errors', errorTopic),
    isDrained: () => isDone(consumer, topic),
    close,
  };
}

const isAtEnd = (ledger: ReadonlyMap<number, number>, ends: readonly TopicEnds[]) =>
  ends.every(({ partition, begin, end }) => begin === end || (ledger.get(partition) ?? 0) >= end);
