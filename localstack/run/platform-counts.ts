import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { connectDatabase } from '../../lambdas/shared/postgres/database.ts';
import type { Endpoints } from '../endpoints.ts';
import { localLogin } from '../platform/database-login.ts';
import { localAccount } from '../platform/local-account.ts';
import type { AlertLine, Evaluation, PlatformCounts } from '../terminal/state.ts';
import { readLag } from './platform-counts/lag.ts';
import { lakeOn } from './platform-counts/lake.ts';
import { countLandedRows } from './platform-counts/landed-rows.ts';
import { outstanding, type Workload } from './platform-counts/outstanding.ts';
import { readQueues } from './platform-counts/queues.ts';
import { readTables } from './platform-counts/tables.ts';
import { openSensor, type Sensor } from './sensor.ts';

/** The topic of each consumer group. A group whose output another group reads comes before it. */
const topicOfGroup = {
  'land-observations': topics.weatherData.name,
  'watch-weather': topics.weatherData.name,
  'retry-observations': topics.retryData.name,
  'monitor-transactions': topics.transactions.name,
  'record-errors': topics.errorData.name,
} as const;

export interface PlatformCounter {
  read(): Promise<PlatformCounts>;
  lag(): Promise<Record<string, number>>;
  lastAlerts(limit: number): Promise<AlertLine[]>;
  /** The distance between current transactions and the training data, 0 to 1. */
  drift(): Promise<number | undefined>;
  evaluation(): Promise<Evaluation | undefined>;
  watchedHour: Sensor['watchedHour'];
  /** All counts of the platform. `dropped`: the dropped files as `<object key>@<ETag>`. */
  workload(dropped: readonly string[]): Promise<Workload>;
  /** The unfinished work of the platform, as texts. */
  outstanding(dropped: readonly string[]): Promise<string[]>;
  /** The files (`<object key>@<ETag>`) whose rows are not all on Kafka. */
  notIngested(sources: readonly string[]): Promise<string[]>;
  /** Messages per queue. */
  queues(): Promise<Record<string, number>>;
  /** How many records each topic ever got. */
  produced(): Promise<Record<string, number>>;
  close(): Promise<void>;
}

const countSlackMessages = async (inboxUrl: string): Promise<number> => {
  const response = await fetch(`${inboxUrl}/messages`, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`The Slack inbox at ${inboxUrl} answered ${response.status}`);
  return Number(response.headers.get('x-total-count'));
};

/** Counts the work of the platform in its own stores. Close it: it holds connections. */
export const openPlatformCounts = async (endpoints: Endpoints): Promise<PlatformCounter> => {
  const { kafkaBrokers, slackInboxUrl, lakeBucket } = endpoints;
  const account = localAccount(endpoints);
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const sqs = new SQSClient(account);
  const sensor = openSensor(endpoints);
  const tables = readTables(connectDatabase(localLogin(endpoints, 'reader')));
  // Log lines of kafkajs would disturb the live view. Its errors arrive as rejections.
  const kafka = new Kafka({
    clientId: 'isobar-counts',
    brokers: [...kafkaBrokers],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const landedRows = countLandedRows(lakeOn({ s3, bucket: lakeBucket, prefix: 'raw/observations/' }));
  const lag = () => readLag(admin, topicOfGroup);
  const queues = () => readQueues(sqs, 'isobar-');

  const readCounts = async (): Promise<Omit<Workload, 'notIngested' | 'queues'>> => {
    // Read before the stores: when the lag is 0, every effect is already in the stores.
    const lagPerGroup = await lag();
    const [{ unsentAlerts, unsentErrors, awaitedRetries, ...tableCounts }, landed, slackMessages] =
      await Promise.all([tables.counts(), landedRows(), countSlackMessages(slackInboxUrl)]);
    return {
      counts: { ...tableCounts, ...landed, slackMessages, lag: lagPerGroup },
      unsentAlerts,
      unsentErrors,
      awaitedRetries,
    };
  };

  /**
   * Reads the stages in the order in which records pass them: else a record could move, unseen, to a stage
   * already read.
   */
  const readWorkload = async (dropped: readonly string[]): Promise<Workload> => {
    const notIngested = await tables.notIngested(dropped);
    const counted = await readCounts();
    return { notIngested, ...counted, queues: await queues() };
  };

  return {
    read: async () => (await readCounts()).counts,
    lag,
    lastAlerts: tables.lastAlerts,
    drift: tables.drift,
    evaluation: tables.evaluation,
    watchedHour: sensor.watchedHour,
    workload: readWorkload,
    notIngested: tables.notIngested,
    queues,
    outstanding: async (dropped) => outstanding(await readWorkload(dropped)),
    produced: async () => {
      const ends = Object.values(topics).map(async ({ name }) => {
        const partitions = await admin.fetchTopicOffsets(name);
        return [name, partitions.reduce((sum, { high }) => sum + Number(high), 0)] as const;
      });
      return Object.fromEntries(await Promise.all(ends));
    },
    close: async () => {
      await Promise.all([admin.disconnect(), tables.close()]);
      s3.destroy();
      sqs.destroy();
      sensor.close();
    },
  };
};
