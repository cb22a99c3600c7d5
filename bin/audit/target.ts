import { S3Client } from '@aws-sdk/client-s3';
import type { Admin, Kafka } from 'kafkajs';
import type { Env } from '../../lambdas/shared/aws/env.ts';
import { type KafkaOptions, openKafka } from '../../lambdas/shared/kafka/kafka-producer.ts';
import { nameOfGeneration, topicOf } from '../../lambdas/shared/kafka/topic-generations.ts';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { connectDatabase, type DatabaseOptions } from '../../lambdas/shared/postgres/database.ts';
import { readConfig } from '../../lambdas/weather/land-observations/config.ts';
import { parseObjectKey } from '../../lambdas/weather/land-observations/object-key.ts';
import type { Endpoints } from '../../localstack/endpoints.ts';
import { localLogin } from '../../localstack/platform/database-login.ts';
import { localAccount } from '../../localstack/platform/local-account.ts';
import { lakeObjects } from './lake-objects.ts';
import { generationsOf, ledgerTables, nextOffsets } from './ledger-tables.ts';
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

export const localTarget = (endpoints: Endpoints): Target => ({
  s3: () => new S3Client({ ...localAccount(endpoints), forcePathStyle: true }),
  lakeBucket: endpoints.lakeBucket,
  database: localLogin(endpoints, 'reader'),
  kafka: { brokers: [...endpoints.kafkaBrokers], auth: 'none' },
});

/** The target in the environment of the function `land-observations`. */
export const environmentTarget = (env: Env): Target => ({ s3: () => new S3Client(), ...readConfig(env) });

export interface OpenTarget {
  /** The generations of the topic, the oldest first. */
  readonly generations: () => Promise<{ readonly name: string; readonly ports: Ports }[]>;
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
  const isDone = async (group: string, of: string) => {
    const { current } = await generationsOf(tables, group, of);
    return isAtEnd(await nextOffsets(tables, group, current), await topicEnds(admin, of));
  };

  return {
    generations: async () => {
      const { current, all } = await generationsOf(tables, consumer, topic);
      const lake = lakeObjects(s3, lakeBucket);
      return all.map((name) => {
        const ledger = ledgerTables(tables, { consumer, topic: name });
        const records = name === current ? liveRecords(client, admin, name) : expiredRecords(ledger);
        const keys = () => filter(lake.keys(), (key) => generationIn(key, all, current) === name);
        const areErrorsStored = () => isDone('record-errors', errorTopic);
        return { name, ports: { ...lake, ...ledger, ...records, keys, areErrorsStored } };
      });
    },
    isDrained: () => isDone(consumer, topic),
    close,
  };
}

type Records = Pick<Ports, 'topicEnds' | 'visitRecords'>;

const liveRecords = (client: Kafka, admin: Admin, name: string): Records => ({
  topicEnds: () => topicEnds(admin, topicOf(name)),
  visitRecords: topicRecords(client, admin, name),
});

/** A topic that was made anew, or whose cluster was replaced, has none of its earlier records. */
const expiredRecords = ({ ledger }: Pick<Ports, 'ledger'>): Records => ({
  topicEnds: async () =>
    [...(await ledger())].map(([partition, next]) => ({ partition, begin: next, end: next })),
  visitRecords: async () => {},
});

/** An object of no known generation, or without a proper key, is a finding of the current one. */
function generationIn(key: string, all: readonly string[], current: string): string {
  const parts = parseObjectKey(key);
  const name = parts && nameOfGeneration({ topic: topicOf(current), generation: parts.generation });
  return name !== undefined && all.includes(name) ? name : current;
}

async function* filter<T>(items: AsyncIterable<T>, keep: (item: T) => boolean): AsyncGenerator<T> {
  for await (const item of items) if (keep(item)) yield item;
}

const isAtEnd = (ledger: ReadonlyMap<number, number>, ends: readonly TopicEnds[]) =>
  ends.every(({ partition, begin, end }) => begin === end || (ledger.get(partition) ?? 0) >= end);
